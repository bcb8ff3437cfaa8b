#include <gtest/gtest.h>

#include <mutex>
#include <shared_mutex>
#include <thread>

#include "tests/explore/expect.hpp"
#include "tests/explore/explore.hpp"

namespace {

TEST(MutexTest, GuardsACounter) {
    expect_right([] {
        std::mutex m;
        int counter = 0;
        const auto add = [&] {
            std::lock_guard lock(m);
            ++counter;
        };
        std::thread a(add);
        std::thread b(add);
        a.join();
        b.join();
        explore::require(counter == 2, "an update is lost");
    });
}

TEST(MutexTest, WithoutItACounterIsADataRace) {
    int line = 0;
    const auto r = expect_wrong("data-race", [&] {
        int counter = 0;
        line = __LINE__ + 1;
        const auto add = [&] { ++counter; };
        std::thread a(add);
        std::thread b(add);
        a.join();
        b.join();
    });
    EXPECT_EQ(r.found->place, "mutex_test.cpp:" + std::to_string(line)) << r.report;
}

TEST(MutexTest, TwoInOppositeOrderDeadlock) {
    const auto r = expect_wrong("deadlock", [] {
        std::mutex m1;
        std::mutex m2;
        std::thread a([&] {
            std::lock_guard first(m1);
            std::lock_guard second(m2);
        });
        std::thread b([&] {
            std::lock_guard first(m2);
            std::lock_guard second(m1);
        });
        a.join();
        b.join();
    });
    for (const char* part : {"t1 waits for mutex", "which t2 holds", "t2 waits for mutex",
                             "which t1 holds", "main waits for the end of t1"})
        EXPECT_NE(r.found->text.find(part), std::string::npos) << r.found->text;
}

TEST(MutexTest, ScopedLockOfTwoDoesNotDeadlock) {
    expect_right([] {
        std::mutex m1;
        std::mutex m2;
        std::thread a([&] { std::scoped_lock both(m1, m2); });
        std::thread b([&] { std::scoped_lock both(m2, m1); });
        a.join();
        b.join();
    });
}

TEST(MutexTest, RecursiveOneMayBeLockedTwice) {
    expect_right([] {
        std::recursive_mutex m;
        int counter = 0;
        const auto add = [&] {
            std::lock_guard outer(m);
            std::lock_guard inner(m);
            ++counter;
        };
        std::thread a(add);
        add();
        a.join();
    });
}

TEST(MutexTest, LockedTwiceDeadlocks) {
    const auto r = expect_wrong("deadlock", [] {
        std::mutex m;
        m.lock();
        m.lock();
    });
    EXPECT_NE(r.found->text.find("which it holds"), std::string::npos) << r.found->text;
}

TEST(MutexTest, TryLockForGivesUpInVirtualTime) {
    expect_right([] {
        std::timed_mutex m;
        m.lock();
        std::thread a(
            [&] { explore::require(!m.try_lock_for(std::chrono::hours(1)), "nobody unlocks it"); });
        a.join();
        m.unlock();
    });
}

TEST(SharedMutexTest, ReadersSeeWholeUpdates) {
    expect_right([] {
        std::shared_mutex m;
        int left = 0;
        int right = 0;
        std::thread writer([&] {
            std::unique_lock lock(m);
            ++left;
            ++right;
        });
        std::thread reader([&] {
            std::shared_lock lock(m);
            explore::require(left == right, "half an update");
        });
        writer.join();
        reader.join();
    });
}

TEST(SharedMutexTest, WritingUnderAReadLockIsADataRace) {
    int line = 0;
    const auto r = expect_wrong("data-race", [&] {
        std::shared_mutex m;
        int counter = 0;
        const auto add = [&] {
            std::shared_lock lock(m);
            line = __LINE__ + 1;
            ++counter;
        };
        std::thread a(add);
        std::thread b(add);
        a.join();
        b.join();
    });
    EXPECT_EQ(r.found->place.rfind("mutex_test.cpp:", 0), 0u) << r.report;
}

}  // namespace
