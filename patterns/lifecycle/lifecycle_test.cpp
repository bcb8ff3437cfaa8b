// The owner of a task, and the loop over a ticker. Go has no such type; its tests of tickers are in
// tests/core/timer_test.cpp.
#include "patterns/lifecycle/lifecycle.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::lifecycle_test {

using namespace std::chrono_literals;
using braid_test::child;
using braid_test::dies_of;
using braid_test::exits;
using braid_test::repeat;
using ::testing::HasSubstr;

class ServiceTest : public braid_test::fixture {};
class ServiceDeathTest : public ::testing::Test {};
class EveryTest : public braid_test::fixture {};
class EveryDeathTest : public ::testing::Test {};

void until_stopped(const context& ctx) { ctx.done().receive(); }

bool is_done(const service& s) { return s.done().try_receive().status == receive_status::closed; }

// --- The end of a service ------------------------------------------------------------------------

TEST_F(ServiceTest, RunsUntilItIsStopped) {  // I1, I2
    bool stopped = false;
    service s(background(), [&](const context& ctx) {
        until_stopped(ctx);
        stopped = true;
    });
    lifecycle::settle();
    EXPECT_FALSE(is_done(s));
    s.stop();
    s.wait();
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(is_done(s));
}

TEST_F(ServiceTest, ItsEndStopsAndWaits) {  // I2
    int steps = 0;
    {
        service s(background(), [&](const context& ctx) {
            until_stopped(ctx);
            for (int i = 0; i < 1000; ++i) ++steps;
        });
    }
    EXPECT_EQ(steps, 1000);
}

TEST_F(ServiceTest, AnExceptionInItsScopeStopsIt) {  // I2
    bool stopped = false;
    try {
        service s(background(), [&](const context& ctx) {
            until_stopped(ctx);
            stopped = true;
        });
        throw std::runtime_error("early");
    } catch (const std::runtime_error&) {
    }
    EXPECT_TRUE(stopped);
}

TEST_F(ServiceTest, TheEndOfItsParentStopsIt) {
    auto parent = with_cancel(background());
    service s(parent, until_stopped);
    parent.cancel();
    s.wait();
    EXPECT_TRUE(is_done(s));
}

TEST_F(ServiceTest, OneThatIsStoppedBeforeItRunsStillRuns) {
    auto parent = with_cancel(background());
    parent.cancel();
    std::error_code seen;
    service s(parent, [&](const context& ctx) { seen = ctx.err(); });
    s.wait();
    EXPECT_EQ(seen, std::errc::operation_canceled);
}

TEST_F(ServiceTest, ItsStopDoesNotReachItsParent) {
    auto parent = with_cancel(background());
    service s(parent, until_stopped);
    s.stop();
    s.wait();
    EXPECT_FALSE(parent.err());
}

TEST_F(ServiceTest, MayEndByItself) {
    int result = 0;
    std::optional<context> its;
    service s(background(), [&](const context& ctx) {
        result = 42;
        its = ctx;
    });
    s.wait();
    EXPECT_EQ(result, 42);
    EXPECT_FALSE(its->err());  // nobody has told it to stop
    s.stop();
    s.wait();
}

TEST_F(ServiceTest, AnyoneMayStopItAnyNumberOfTimes) {
    for (int i = 0; i < repeat(100); ++i) {
        service s(background(), until_stopped);
        std::array<task, 3> all;
        for (task& t : all) t = go([&] { s.stop(); });
        std::thread thread([&] { s.stop(); });
        s.wait();
        thread.join();
        s.stop();
    }
}

TEST_F(ServiceTest, StopDoesNotWait) {
    const auto release = make_channel<unit>();
    service s(background(), [&](const context&) { release.receive(); });
    s.stop();
    lifecycle::settle();
    EXPECT_FALSE(is_done(s));
    release.close();
    s.wait();
}

TEST_F(ServiceTest, MayStopItself) {
    const auto handed = make_channel<std::reference_wrapper<service>>(1);
    service s(background(), [&](const context& ctx) {
        (*handed.receive()).get().stop();
        until_stopped(ctx);
    });
    handed.send(std::ref(s));
    s.wait();
}

// --- done ----------------------------------------------------------------------------------------

TEST_F(ServiceTest, DoneLetsOneWaitWithATimeout) {  // I4
    const auto release = make_channel<unit>();
    service s(background(), [&](const context&) { release.receive(); });
    s.stop();
    EXPECT_EQ(select(receive(s.done()), receive(after(1ms))), 1U);
    release.close();
    EXPECT_EQ(select(receive(s.done()), receive(after(1h))), 0U);
}

TEST_F(ServiceTest, DoneReleasesAllWhoWait) {  // I4
    int result = 0;
    const auto release = make_channel<unit>();
    service s(background(), [&](const context&) {
        release.receive();
        result = 42;
    });
    std::array<int, 5> seen{};
    {
        std::array<task, 5> all;
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = go([&, i] {
                s.done().receive();
                seen[i] = result;  // done orders it
            });
        lifecycle::settle();
        release.close();
    }
    EXPECT_EQ(seen, (std::array<int, 5>{42, 42, 42, 42, 42}));
}

TEST_F(ServiceTest, WhatItHoldsIsGoneWhenItIsDone) {  // I4
    struct held {
        explicit held(int& n) : destroyed(n) {}
        held(const held&) = delete;
        held& operator=(const held&) = delete;
        ~held() { ++destroyed; }
        int& destroyed;
    };
    for (int i = 0; i < repeat(200); ++i) {
        int destroyed = 0;
        const auto early = make_channel<unit>();
        service s(background(), [&, h = std::make_unique<held>(destroyed)](const context& ctx) {
            if (i % 2 == 0) until_stopped(ctx);
        });
        s.stop();
        s.done().receive();
        ASSERT_EQ(destroyed, 1);
    }
}

TEST_F(ServiceTest, WhoeverKnowsThatItIsDoneFindsNoLeak) {  // I4
    const auto before = lifecycle::leak_filter::ignore_current();
    service s(background(), until_stopped);
    s.stop();
    s.wait();
    EXPECT_EQ(lifecycle::leak_report(lifecycle::leak_filter(before).max_retries(0)), "");
}

TEST_F(ServiceTest, IsDoneWhenAnExceptionLeavesIt) {  // I4
    service s(background(), [](const context&) { throw std::runtime_error("broken"); });
    s.done().receive();
    EXPECT_THROW(s.wait(), std::runtime_error);
}

// --- Failure -------------------------------------------------------------------------------------

TEST_F(ServiceTest, WaitRethrowsOnce) {
    service s(background(), [](const context&) { throw std::runtime_error("broken"); });
    EXPECT_THROW(s.wait(), std::runtime_error);
    s.wait();
}

TEST_F(ServiceTest, AFailureInTheWakeOfAnotherIsDropped) {
    EXPECT_THROW(
        {
            service s(background(), [](const context&) { throw std::logic_error("second"); });
            throw std::runtime_error("first");
        },
        std::runtime_error);
}

TEST_F(ServiceDeathTest, AFailureNobodyAskedForEndsTheProcess) {
    EXPECT_EXIT(child([] {
                    service s({.name = "monitor"}, background(),
                              [](const context&) { throw std::runtime_error("no disk"); });
                }),
                dies_of(SIGABRT), HasSubstr("no disk"));
}

// --- Ownership -----------------------------------------------------------------------------------

static_assert(!std::is_copy_constructible_v<service>);

TEST_F(ServiceTest, MovesWithItsTask) {
    std::vector<service> all;
    all.reserve(1);
    const receiver<unit> done = [&] {
        service s(background(), until_stopped);
        receiver<unit> d = s.done();
        all.push_back(std::move(s));
        return d;
    }();
    lifecycle::settle();
    EXPECT_EQ(done.try_receive().status, receive_status::would_block);
    EXPECT_EQ(all[0].done(), done);
    all.clear();
    EXPECT_EQ(done.try_receive().status, receive_status::closed);
}

TEST_F(ServiceTest, AssignmentStopsTheOneBefore) {  // I2
    int first = 0, second = 0;
    service s(background(), [&](const context& ctx) {
        until_stopped(ctx);
        first = 1;
    });
    s = service(background(), [&](const context& ctx) {
        until_stopped(ctx);
        second = 1;
    });
    EXPECT_EQ(first, 1);
    lifecycle::settle();
    EXPECT_FALSE(is_done(s));
    s.stop();
    s.wait();
    EXPECT_EQ(second, 1);
}

TEST_F(ServiceTest, TheLastOneStartedStopsFirst) {  // I3
    std::vector<std::string> ended;
    {
        service store(background(), [&](const context& ctx) {
            until_stopped(ctx);
            ended.emplace_back("store");
        });
        service web(background(), [&](const context& ctx) {
            until_stopped(ctx);
            EXPECT_FALSE(is_done(store));
            ended.emplace_back("web");
        });
    }
    EXPECT_EQ(ended, (std::vector<std::string>{"web", "store"}));
}

TEST_F(ServiceTest, TakesWhatCanOnlyBeMoved) {
    auto n = std::make_unique<int>(7);
    int seen = 0;
    service s(background(), [&, n = std::move(n)](const context&) mutable { seen = ++*n; });
    s.wait();
    EXPECT_EQ(seen, 8);
}

TEST_F(ServiceTest, IsKnownByItsName) {
    service s({.name = "monitor"}, background(), until_stopped);
    lifecycle::settle();
    bool found = false;
    for (const auto& t : lifecycle::tasks()) found = found || (t.name == "monitor" && t.waiting);
    EXPECT_TRUE(found);
}

// --- every ---------------------------------------------------------------------------------------

TEST_F(EveryTest, CallsUntilTheContextIsDone) {
    auto ctx = with_cancel(background());
    int calls = 0;
    every(ctx, 1ms, [&] {
        if (++calls == 5) ctx.cancel();
    });
    EXPECT_EQ(calls, 5);
}

TEST_F(EveryTest, WaitsAPeriodBeforeEachCall) {
    auto ctx = with_cancel(background());
    const auto before = std::chrono::steady_clock::now();
    int calls = 0;
    every(ctx, 5ms, [&] {
        ++calls;
        EXPECT_GE(std::chrono::steady_clock::now() - before, calls * 5ms);
        if (calls == 3) ctx.cancel();
    });
}

TEST_F(EveryTest, DoesNotCallWhenTheContextIsDoneBefore) {
    auto ctx = with_cancel(background());
    ctx.cancel();
    every(ctx, 1ns, [] { ADD_FAILURE() << "called"; });
}

TEST_F(EveryTest, EndsBetweenTwoTicks) {
    int calls = 0;
    service s(background(), [&](const context& ctx) { every(ctx, 1h, [&] { ++calls; }); });
    lifecycle::settle();
    s.stop();
    s.wait();
    EXPECT_EQ(calls, 0);
}

TEST_F(EveryTest, ASlowCallDropsTheTicksItMissed) {  // TM-3
    auto ctx = with_cancel(background());
    int calls = 0;
    const auto before = std::chrono::steady_clock::now();
    every(ctx, 10ms, [&] {
        if (++calls == 1) {
            const ticker same(10ms);
            for (int missed = 0; missed < 10; ++missed) static_cast<void>(same.receive());
        }
        if (calls == 4) ctx.cancel();
    });
    // One after the first call at once, then two a period apart: not ten that make up for it.
    EXPECT_GE(std::chrono::steady_clock::now() - before, 110ms + 10ms);
}

TEST_F(EveryTest, WhatACallThrowsEndsIt) {
    int calls = 0;
    EXPECT_THROW(every(background(), 1ms,
                       [&] {
                           if (++calls == 2) throw std::runtime_error("broken");
                       }),
                 std::runtime_error);
    EXPECT_EQ(calls, 2);
}

TEST_F(EveryTest, APeriodThatIsNotPositiveIsRefused) {  // TM-4
    EXPECT_THROW(every(background(), 0s, [] {}), std::invalid_argument);
    EXPECT_THROW(every(background(), -1s, [] {}), std::invalid_argument);
}

// While a ticker lives, there is no deadlock to report.
TEST_F(EveryDeathTest, LeavesNoTickerBehind) {
    EXPECT_EXIT(child([] {
                    auto ctx = with_cancel(background());
                    every(ctx, 1ms, [&] { ctx.cancel(); });
                    make_channel<int>().receive();
                }),
                exits(2), HasSubstr("all tasks are asleep - deadlock!"));
    EXPECT_EXIT(child([] {
                    try {
                        every(background(), 1ms, [] { throw std::runtime_error("broken"); });
                    } catch (const std::runtime_error&) {
                    }
                    make_channel<int>().receive();
                }),
                exits(2), HasSubstr("all tasks are asleep - deadlock!"));
}

// And with one that lives, none comes: the opposite of the test above, or it would prove nothing.
TEST_F(EveryDeathTest, WhileItsTickerLivesThereIsNoDeadlock) {
    EXPECT_EXIT(child([] {
                    int calls = 0;
                    service s(background(), [&](const context& ctx) {
                        every(ctx, 300ms, [&] {
                            if (++calls == 2) std::exit(7);
                        });
                    });
                    make_channel<int>().receive();
                }),
                exits(7), "");
}

}  // namespace braid::lifecycle_test
