#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

TEST(AtomicTest, ReleaseAndAcquirePublish) {
    expect_right([] {
        int data = 0;
        std::atomic<bool> ready{false};
        std::thread writer([&] {
            data = 42;
            ready.store(true, std::memory_order_release);
        });
        if (ready.load(std::memory_order_acquire)) explore::require(data == 42, "published");
        writer.join();
    });
}

TEST(AtomicTest, RelaxedDoesNotPublish) {
    int line = 0;
    const auto r = expect_wrong("data-race", [&] {
        int data = 0;
        std::atomic<bool> ready{false};
        std::thread writer([&] {
            data = 42;
            ready.store(true, std::memory_order_relaxed);
        });
        line = __LINE__ + 1;
        if (ready.load(std::memory_order_relaxed)) explore::require(data == 42, "published");
        writer.join();
    });
    EXPECT_EQ(r.found->place, "atomic_test.cpp:" + std::to_string(line)) << r.report;
}

TEST(AtomicTest, FencesPublish) {
    expect_right([] {
        int data = 0;
        std::atomic<bool> ready{false};
        std::thread writer([&] {
            data = 42;
            __atomic_thread_fence(__ATOMIC_RELEASE);
            ready.store(true, std::memory_order_relaxed);
        });
        if (ready.load(std::memory_order_relaxed)) {
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            explore::require(data == 42, "published");
        }
        writer.join();
    });
}

TEST(AtomicTest, ACompareExchangeLoopCounts) {
    expect_right([] {
        std::atomic<int> counter{0};
        const auto add = [&] {
            int seen = counter.load();
            while (!counter.compare_exchange_weak(seen, seen + 1)) {
            }
        };
        std::thread a(add);
        std::thread b(add);
        a.join();
        b.join();
        explore::require(counter.load() == 2, "an update is lost");
    });
}

TEST(AtomicTest, CheckThenActIsNoOperation) {
    const auto r = expect_wrong("failed-assertion", [] {
        std::atomic<int> taken{0};
        std::atomic<bool> free{true};
        const auto take = [&] {
            if (free.load()) {
                free.store(false);
                ++taken;
            }
        };
        std::thread a(take);
        take();
        a.join();
        explore::require(taken.load() == 1, "taken twice");
    });
    EXPECT_EQ(r.found->thread, "main");
}

TEST(AtomicTest, PlainAndAtomicAccessRace) {
    expect_wrong("data-race", [] {
        int counter = 0;
        std::thread a([&] { __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST); });
        ++counter;
        a.join();
    });
}

TEST(AtomicTest, NeighboursDoNotRace) {
    expect_right([] {
        struct {
            char first = 0;
            char second = 0;
            short third = 0;
            int fourth = 0;
        } all;
        std::thread a([&] {
            ++all.first;
            ++all.third;
        });
        std::thread b([&] {
            ++all.second;
            ++all.fourth;
        });
        a.join();
        b.join();
    });
}

// --- Waiting on an atomic ----------------------------------------------------------------------

TEST(AtomicWaitTest, ANotifiedWaitEnds) {
    expect_right([] {
        std::atomic<int> word{0};
        std::thread waiter([&] { word.wait(0); });
        word.store(1);
        word.notify_one();
        waiter.join();
    });
}

TEST(AtomicWaitTest, AStoreThatIsNotNotifiedIsMissed) {
    const auto r = expect_wrong("deadlock", [] {
        std::atomic<int> word{0};
        std::thread waiter([&] { word.wait(0); });
        word.store(1);
        waiter.join();
    });
    EXPECT_NE(r.found->text.find("t1 waits for futex"), std::string::npos) << r.found->text;
}

}  // namespace
