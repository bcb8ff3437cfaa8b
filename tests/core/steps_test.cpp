// steps, and what it is for: an order of events that ThreadSanitizer does not take for one.
#include "common/steps.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::steps_test {

using namespace braid_test;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class StepsTest : public fixture {
protected:
    void SetUp() override { unsetenv("NATURAL"); }
    void TearDown() override {
        unsetenv("NATURAL");
        fixture::TearDown();
    }
};
class StepsDeathTest : public ::testing::Test {};

// --- the order ---------------------------------------------------------------------------------

TEST_F(StepsTest, APointIsPassedWhenAllBeforeItHaveBeen) {
    constexpr int parties = 4, points = 20;
    for (int round = 0; round < repeat(50); ++round) {
        steps order;
        std::array<std::atomic<bool>, points + 1> reached{};
        std::vector<task> tasks;
        for (int k = parties; k > 0; --k)  // the last in the order is the first to start
            tasks.push_back(go([&, k] {
                for (int n = k; n <= points; n += parties) {
                    reached[static_cast<std::size_t>(n)] = true;
                    order.at(n);
                    for (int m = 1; m < n; ++m) ASSERT_TRUE(reached[static_cast<std::size_t>(m)]);
                }
            }));
    }
}

// What one task does between two points comes before all that others do after the second.
TEST_F(StepsTest, WhatIsDoneBetweenTwoPointsIsInOrder) {
    for (int round = 0; round < repeat(50); ++round) {
        steps order;
        std::atomic<int> done{0};
        std::vector<task> tasks;
        for (int k = 4; k >= 0; --k)
            tasks.push_back(go([&, k] {
                order.at(2 * k + 1);
                EXPECT_EQ(done.fetch_add(1), k);
                order.at(2 * k + 2);
            }));
    }
}

TEST_F(StepsTest, OneTaskPassesThemAllAlone) {
    steps order;
    for (int n = 1; n <= 5; ++n) order.at(n);
}

TEST_F(StepsTest, TwoOrdersAreIndependent) {
    steps a, b;
    a.at(1);
    b.at(1);
    a.at(2);
    b.at(2);
}

TEST_F(StepsTest, NaturalLeavesEverythingToChance) {
    ASSERT_EQ(setenv("NATURAL", "1", 1), 0);
    steps order;
    order.at(7);  // would wait for ever
    order.at(2);
    order.at(7);
}

TEST_F(StepsTest, NaturalIsLookedAtWhenTheOrderIsMade) {
    steps order;
    ASSERT_EQ(setenv("NATURAL", "1", 1), 0);
    std::atomic<bool> passed{false};
    task t = go([&] {
        order.at(2);
        passed = true;
    });
    for (int i = 0; i < 100; ++i) this_task::yield();
    EXPECT_FALSE(passed);
    order.at(1);
}

// --- ThreadSanitizer still sees the race -------------------------------------------------------
// Two tasks write a plain int. Only the steps order them in time, and whatever the runtime and the
// registry do meanwhile must not order them either: their locks are none of the program's.

// The first writes and then runs `between`; the second runs it, and then writes.
template <class F>
[[noreturn]] void race(F between) {
    child([between] {
        unsetenv("NATURAL");
        set_environment("BRAID_RUNTIME", "threads");  // fibers of one worker are ordered by it
        steps order;
        int value = 0;
        task first = go([&] {
            order.at(1);
            value = 1;
            between();
            order.at(2);
        });
        task second = go([&] {
            order.at(3);
            between();
            value = 2;
        });
        first.join();
        second.join();
        if (value != 2) say("the order was not kept");
    });
}

const auto is_reported = [] {
    return AllOf(HasSubstr("data race"), HasSubstr("steps_test.cpp"), Not(HasSubstr("not kept")));
};

class RaceDeathTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!thread_sanitizer) GTEST_SKIP() << "not built with ThreadSanitizer";
    }
};

TEST_F(RaceDeathTest, ThatIsOrderedByStepsAlone) {
    EXPECT_EXIT(race([] {}), exits(66), is_reported());
}

TEST_F(RaceDeathTest, ThatIsOrderedByStepsAndWaits) {
    EXPECT_EXIT(race([] { this_task::sleep_for(1us); }), exits(66), is_reported());
}

TEST_F(RaceDeathTest, ThatIsOrderedByStepsAndLooksAtTheRegistry) {
    EXPECT_EXIT(race([] { static_cast<void>(lifecycle::wait_report()); }), exits(66),
                is_reported());
}

TEST_F(RaceDeathTest, ThatIsOrderedByStepsAndUnrelatedChannels) {
    EXPECT_EXIT(race([] {
                    const auto mine = make_channel<int>(1);
                    mine.send(1);
                    static_cast<void>(mine.receive());
                }),
                exits(66), is_reported());
}

TEST_F(RaceDeathTest, ThatIsOrderedByStepsAndTheStartAndEndOfOtherTasks) {
    EXPECT_EXIT(race([] {
                    task other = go([] {});
                    other.join();
                }),
                exits(66), is_reported());
}

// MM-1: the end of a task orders nothing, unless somebody joins it. (A detach that comes after the
// end would order it: it looks whether the task has failed.)
TEST_F(RaceDeathTest, WithATaskThatHasEndedButWasNotJoined) {
    const auto program = [] {
        set_environment("BRAID_RUNTIME", "threads");
        static int value = 0;
        static steps order;
        const auto filter = lifecycle::leak_filter::ignore_current();
        go([] {
            order.at(2);
            value = 1;
        }).detach();
        order.at(1);
        while (!lifecycle::find_leaks(filter).empty()) this_task::yield();
        task t = go([] { value = 2; });
        t.join();
        if (value != 2) say("the order was not kept");
    };
    EXPECT_EXIT(child(program), exits(66), is_reported());
}

// The other direction: what is ordered is not reported.
TEST_F(RaceDeathTest, NotOneThatAChannelOrders) {
    const auto program = [] {
        const auto ch = make_channel<int>();
        int value = 0;
        task first = go([&] {
            value = 1;
            ch.send(1);
        });
        task second = go([&] {
            static_cast<void>(ch.receive());
            value = 2;
        });
        first.join();
        second.join();
        if (value != 2) say("the order was not kept");
    };
    EXPECT_EXIT(child(program), exits(0), "^$");
}

}  // namespace braid::steps_test
