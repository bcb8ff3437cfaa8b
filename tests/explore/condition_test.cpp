#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

using namespace std::chrono_literals;

// One thread waits until the other has set the flag under the lock, and notified.
template <class Condition>
void deliver() {
    std::mutex m;
    Condition c;
    bool ready = false;
    std::thread waiter([&] {
        std::unique_lock lock(m);
        c.wait(lock, [&] { return ready; });
    });
    {
        std::lock_guard lock(m);
        ready = true;
    }
    c.notify_one();
    waiter.join();
}

TEST(ConditionTest, ADeliveryUnderTheLockArrives) {
    expect_right(deliver<std::condition_variable>);
    expect_right(deliver<std::condition_variable_any>);
}

TEST(ConditionTest, AWaitWithoutAPredicateLosesTheWakeUp) {
    int line = 0;
    const auto r = expect_wrong("deadlock", [&] {
        std::mutex m;
        std::condition_variable c;
        std::thread waiter([&] {
            std::unique_lock lock(m);
            line = __LINE__ + 1;
            c.wait(lock);
        });
        c.notify_one();
        waiter.join();
    });
    EXPECT_NE(r.found->text.find("lost wake-up"), std::string::npos) << r.found->text;
    EXPECT_EQ(r.found->place, "condition_test.cpp:" + std::to_string(line)) << r.report;
}

TEST(ConditionTest, AFlagSetBetweenCheckAndWaitIsLost) {
    const auto r = expect_wrong("deadlock", [] {
        std::mutex m;
        std::condition_variable c;
        std::atomic<bool> ready{false};
        std::thread waiter([&] {
            std::unique_lock lock(m);
            while (!ready.load()) c.wait(lock);
        });
        ready.store(true);  // without the lock
        c.notify_one();
        waiter.join();
    });
    EXPECT_NE(r.found->text.find("t1 waits for condition"), std::string::npos) << r.found->text;
}

TEST(ConditionTest, OneConditionForTwoRolesWakesTheWrongOne) {
    expect_wrong("deadlock", [] {
        std::mutex m;
        std::condition_variable c;
        int items = 0;
        const auto put = [&] {
            std::unique_lock lock(m);
            c.wait(lock, [&] { return items == 0; });
            ++items;
            c.notify_one();
        };
        const auto take = [&] {
            std::unique_lock lock(m);
            c.wait(lock, [&] { return items != 0; });
            --items;
            c.notify_one();
        };
        std::thread t1(take);
        std::thread t2(take);
        std::thread p1(put);
        put();
        t1.join();
        t2.join();
        p1.join();
    });
}

TEST(ConditionTest, AStopEndsAWait) {
    expect_right([] {
        std::mutex m;
        std::condition_variable_any changed;
        bool ready = false;
        std::jthread waits([&](const std::stop_token& stop) {
            std::unique_lock lock(m);
            const bool came = changed.wait(lock, stop, [&] { return ready; });
            explore::require(came == ready, "another answer");
        });
        waits.request_stop();
    });
}

TEST(ConditionTest, AStopDoesNotEndAWaitThatIsNotToldOfIt) {
    expect_wrong("deadlock", [] {
        std::mutex m;
        std::condition_variable_any changed;
        std::jthread waits([&](const std::stop_token& stop) {
            std::unique_lock lock(m);
            while (!stop.stop_requested()) changed.wait(lock);
        });
        waits.request_stop();
    });
}

TEST(ConditionTest, AWaitForTimesOutInVirtualTime) {
    expect_right([] {
        std::mutex m;
        std::condition_variable c;
        std::unique_lock lock(m);
        const auto before = std::chrono::steady_clock::now();
        explore::require(c.wait_for(lock, 24h) == std::cv_status::timeout, "nobody notifies");
        const auto waited = std::chrono::steady_clock::now() - before;
        explore::require(waited >= 24h && waited < 25h, "a day has passed");
    });
}

}  // namespace
