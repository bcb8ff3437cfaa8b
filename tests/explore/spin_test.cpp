// Loops that wait for a change: none of them is a livelock, unless nobody makes the change.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

using namespace std::chrono_literals;

TEST(SpinTest, ALoopThatYieldsIsNoLivelock) {
    expect_right([] {
        std::atomic<bool> ready{false};
        std::thread setter([&] { ready.store(true); });
        while (!ready.load()) std::this_thread::yield();
        setter.join();
    });
}

TEST(SpinTest, ALoopThatDoesNotYieldIsNoLivelock) {
    expect_right([] {
        std::atomic<bool> ready{false};
        std::thread setter([&] { ready.store(true); });
        while (!ready.load()) {
        }
        setter.join();
    });
}

TEST(SpinTest, ASpinLockLocks) {
    expect_right([] {
        std::atomic_flag locked = ATOMIC_FLAG_INIT;
        int counter = 0;
        const auto add = [&] {
            while (locked.test_and_set(std::memory_order_acquire)) {
            }
            ++counter;
            locked.clear(std::memory_order_release);
        };
        std::thread a(add);
        std::thread b(add);
        a.join();
        b.join();
        explore::require(counter == 2, "an update is lost");
    });
}

TEST(SpinTest, PollingUnderAMutexIsNoLivelock) {
    expect_right(
        [] {
            std::mutex m;
            bool ready = false;
            const auto poll = [&] {
                for (;;) {
                    std::lock_guard lock(m);
                    if (ready) return;
                }
            };
            std::thread a(poll);
            std::thread b(poll);
            std::thread setter([&] {
                std::lock_guard lock(m);
                ready = true;
            });
            a.join();
            b.join();
            setter.join();
        },
        1);
}

TEST(SpinTest, TryingALockAgainAndAgainIsNoLivelock) {
    expect_right([] {
        std::mutex m;
        const auto lock = [&] {
            while (!m.try_lock()) std::this_thread::yield();
            m.unlock();
        };
        std::thread a(lock);
        std::thread b(lock);
        a.join();
        b.join();
    });
}

TEST(SpinTest, AShortLoopOverTheSameValueEnds) {
    expect_right([] {
        std::atomic<int> word{0};
        int sum = 0;
        for (int i = 0; i != 50; ++i) sum += word.load();
        explore::require(sum == 0, "nobody writes");
    });
}

TEST(SpinTest, AWorkerThatCountsUntilItIsStopped) {
    expect_right([] {
        std::atomic<bool> stop{false};
        std::atomic<int> rounds{0};
        std::thread worker([&] {
            while (!stop.load()) rounds.fetch_add(1);
        });
        stop.store(true);
        worker.join();
    });
}

TEST(SpinTest, WorkersThatCountUntilAnotherStopsThem) {
    expect_right(
        [] {
            std::atomic<bool> stop{false};
            std::atomic<int> rounds{0};
            const auto work = [&] {
                while (!stop.load()) rounds.fetch_add(1);
            };
            std::thread a(work);
            std::thread b(work);
            std::thread stopper([&] { stop.store(true); });
            a.join();
            b.join();
            stopper.join();
        },
        0);
}

// Switches that cost nothing let the two go round and round in ever new ways: no search is
// complete.
TEST(SpinTest, WorkersThatMakeWayForEachOther) {
    for (const auto by :
         {explore::search::random, explore::search::pct, explore::search::depth_first}) {
        const auto r = explore::check({.by = by, .executions = 2'000}, [] {
            std::atomic<bool> stop{false};
            std::atomic<int> rounds{0};
            const auto work = [&] {
                while (!stop.load()) {
                    rounds.fetch_add(1);
                    std::this_thread::yield();
                }
            };
            std::thread a(work);
            std::thread b(work);
            std::thread stopper([&] { stop.store(true); });
            a.join();
            b.join();
            stopper.join();
        });
        EXPECT_TRUE(r.ok()) << r.report;
    }
}

TEST(SpinTest, APollerThatGivesUpInTime) {
    expect_right([] {
        std::atomic<bool> ready{false};
        std::thread setter([&] { ready.store(true); });
        const auto deadline = std::chrono::steady_clock::now() + 5ms;
        while (!ready.load() && std::chrono::steady_clock::now() < deadline) {
        }
        setter.join();
    });
}

TEST(SpinTest, AConditionThatIsPolled) {
    expect_right([] {
        std::mutex m;
        std::condition_variable changed;
        std::atomic<bool> ready{false};
        std::thread setter([&] { ready.store(true); });
        std::unique_lock lock(m);
        while (!ready.load()) changed.wait_for(lock, 1ms);
        setter.join();
    });
}

TEST(SpinTest, AFutureThatIsPolled) {
    expect_right([] {
        std::promise<int> promise;
        std::future<int> future = promise.get_future();
        std::thread setter([&] { promise.set_value(4); });
        while (future.wait_for(0s) != std::future_status::ready) {
        }
        explore::require(future.get() == 4, "carried");
        setter.join();
    });
}

TEST(SpinTest, ACountOfReferencesThatIsPolled) {
    expect_right([] {
        auto shared = std::make_shared<int>(1);
        std::thread other([copy = shared]() mutable { copy.reset(); });
        while (shared.use_count() != 1) std::this_thread::yield();
        other.join();
    });
}

TEST(SpinTest, TwoFlagsAreWaitedForInOneLoop) {
    expect_right([] {
        std::atomic<bool> left{false};
        std::atomic<bool> right{false};
        std::thread a([&] { left.store(true, std::memory_order_relaxed); });
        std::thread b([&] { right.store(true, std::memory_order_relaxed); });
        while (!left.load(std::memory_order_relaxed) || !right.load(std::memory_order_relaxed)) {
        }
        a.join();
        b.join();
    });
}

TEST(SpinTest, ALoopThatNobodyEndsIsALivelock) {
    const auto r = expect_wrong("livelock", [] {
        std::atomic<bool> ready{false};
        std::thread waiter([&] {
            while (!ready.load()) std::this_thread::yield();
        });
        waiter.join();
    });
    EXPECT_NE(r.found->text.find("t1"), std::string::npos) << r.found->text;
}

}  // namespace
