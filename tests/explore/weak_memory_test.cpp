// The litmus tests that show stale loads, and what forbids them.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto seq_cst = std::memory_order_seq_cst;

// Each thread stores one variable and loads the other.
explore::result store_buffering(std::memory_order store, std::memory_order load, bool fence) {
    return explore::check({.by = explore::search::depth_first, .preemptions = 3}, [=] {
        std::atomic<int> x{0};
        std::atomic<int> y{0};
        int a = 0;
        int b = 0;
        std::thread t1([&] {
            x.store(1, store);
            if (fence) std::atomic_thread_fence(seq_cst);
            a = y.load(load);
        });
        std::thread t2([&] {
            y.store(1, store);
            if (fence) std::atomic_thread_fence(seq_cst);
            b = x.load(load);
        });
        t1.join();
        t2.join();
        explore::outcome(std::to_string(a) + std::to_string(b));
    });
}

TEST(WeakMemoryTest, StoreBufferingShowsWithoutSequentialConsistency) {
    EXPECT_TRUE(store_buffering(relaxed, relaxed, false).outcomes.contains("00"));
    EXPECT_TRUE(store_buffering(release, acquire, false).outcomes.contains("00"));
    EXPECT_TRUE(store_buffering(release, seq_cst, false).outcomes.contains("00"));
    EXPECT_TRUE(store_buffering(seq_cst, acquire, false).outcomes.contains("00"));
}

TEST(WeakMemoryTest, StoreBufferingDoesNotShowWithIt) {
    for (const auto& r :
         {store_buffering(seq_cst, seq_cst, false), store_buffering(relaxed, relaxed, true),
          store_buffering(release, seq_cst, true)}) {
        EXPECT_TRUE(r.complete) << r.report;
        EXPECT_FALSE(r.outcomes.contains("00")) << r.report;
        EXPECT_EQ(r.outcomes.size(), 3u) << r.report;
    }
}

// One thread stores two variables, the other loads them the other way round.
explore::result message_passing(std::memory_order store, std::memory_order load) {
    return explore::check({.by = explore::search::depth_first, .preemptions = 3}, [=] {
        std::atomic<int> data{0};
        std::atomic<int> ready{0};
        std::thread writer([&] {
            data.store(1, relaxed);
            ready.store(1, store);
        });
        const int r = ready.load(load);
        const int d = data.load(relaxed);
        explore::outcome(std::to_string(r) + std::to_string(d));
        writer.join();
    });
}

TEST(WeakMemoryTest, MessagePassingNeedsReleaseAndAcquire) {
    EXPECT_TRUE(message_passing(relaxed, relaxed).outcomes.contains("10"));
    EXPECT_TRUE(message_passing(relaxed, acquire).outcomes.contains("10"));
    EXPECT_TRUE(message_passing(release, relaxed).outcomes.contains("10"));
    const auto r = message_passing(release, acquire);
    EXPECT_TRUE(r.complete) << r.report;
    EXPECT_FALSE(r.outcomes.contains("10")) << r.report;
}

TEST(WeakMemoryTest, OneLocationIsReadInOrder) {
    expect_right(
        [] {
            std::atomic<int> x{0};
            std::thread writer([&] {
                x.store(1, relaxed);
                x.store(2, relaxed);
            });
            const int first = x.load(relaxed);
            const int second = x.load(relaxed);
            explore::require(first <= second, "back in time");
            writer.join();
            explore::require(x.load(relaxed) == 2, "joined, and not seen");
        },
        3);
}

TEST(WeakMemoryTest, AReadModifyWriteSeesTheNewest) {
    expect_right(
        [] {
            std::atomic<int> x{0};
            std::thread other([&] { x.fetch_add(1, relaxed); });
            x.fetch_add(1, relaxed);
            other.join();
            explore::require(x.load(relaxed) == 2, "an update is lost");
        },
        3);
}

TEST(WeakMemoryTest, AWeakCompareExchangeMayFailWithoutCause) {
#ifdef __clang__
    GTEST_SKIP() << "clang does not tell which compare-exchange is weak";
#endif
    expect_wrong("failed-assertion", [] {
        std::atomic<int> x{0};
        int expected = 0;
        explore::require(x.compare_exchange_weak(expected, 1), "not in a loop");
    });
}

TEST(WeakMemoryTest, AStaleLoadIsMarkedInTheReport) {
    const auto r = expect_wrong("failed-assertion", [] {
        std::atomic<int> data{0};
        std::atomic<int> ready{0};
        std::thread writer([&] {
            data.store(1, relaxed);
            ready.store(1, relaxed);
        });
        if (ready.load(relaxed) == 1) explore::require(data.load(relaxed) == 1, "not there yet");
        writer.join();
    });
    EXPECT_NE(r.report.find("load (stale)"), std::string::npos) << r.report;
}

}  // namespace
