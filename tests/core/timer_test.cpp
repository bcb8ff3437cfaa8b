// Durations, sleep, timer, ticker, after.
//
// Go's time/tick_test.go and time/sleep_test.go, by behaviour. Changed:
//   TestAfterFunc, TestAfterFuncStarvation    a task waits for the timer: it has no callback
//   TestTimerGC                               no collector: handles are counted (TM-8)
//   TestTimerStopStress                       a part of TestStopResult
// Not here:
//   TestTick                                  there is no tick(): a ticker is a value
//   TestManualTicker, ZeroTicker*, CopiedTicker*, TestTickerStopWithDirectInitialization
//                                             a ticker cannot be made of a channel
//   TestIssue5745, TestOverflowPeriodRuntimeTimer
//                                             about locks and fields of Go's runtime
#include "common/timer.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <random>
#include <ratio>
#include <vector>

#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::timer_test {

using namespace braid_test;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class DurationTest : public ::testing::Test {};
class SleepTest : public fixture {};
class TimerTest : public fixture {};
class TickerTest : public fixture {};
class SleepDeathTest : public ::testing::Test {};

using clock_type = std::chrono::steady_clock;
using nanoseconds = std::chrono::nanoseconds;

// Two readings of the clock around something, with what lies between them.
template <class F>
auto bracketed(F f) {
    struct {
        time_point before, result, after;
    } b;
    b.before = clock_type::now();
    b.result = f();
    b.after = clock_type::now();
    return b;
}

// Returns when every timer has fired that is due by now: the clock fires them in order (TM-9).
void let_fire() { static_cast<void>(after(1ms).receive()); }

template <class R>
void expect_tick(const R& in) {
    select(receive(in), receive(after(10s), [] { ADD_FAILURE() << "missing tick"; }));
}

template <class R>
void expect_no_tick(const R& in) {
    EXPECT_EQ(in.try_receive().status, receive_status::would_block) << "extra tick";
}

// What a busy machine can make late is tried up to five times, as Go's tests do.
template <class F>
void eventually(F attempt) {
    for (int i = 0; i < 5; ++i)
        if (attempt()) return;
    ADD_FAILURE() << "five times in a row";
}

// --- durations ---------------------------------------------------------------------------------

template <class D>
void expect_exact(D d, nanoseconds expected) {
    const auto b = bracketed([d] { return runtime::deadline_after(d); });
    EXPECT_GE(b.result, b.before + expected);
    EXPECT_LE(b.result, b.after + expected);
}

TEST_F(DurationTest, OfAnyTypeMeanWhatTheySay) {
    expect_exact(3ns, 3ns);
    expect_exact(7ms, 7ms);
    expect_exact(2h, 2h);
    expect_exact(std::chrono::duration<double>(1.5), 1500ms);
    expect_exact(std::chrono::duration<float, std::milli>(0.5F), 500us);
    expect_exact(std::chrono::duration<double, std::ratio<3600>>(0.25), 15min);
    expect_exact(std::chrono::duration<unsigned, std::milli>(5U), 5ms);
    expect_exact(std::chrono::duration<short, std::ratio<60>>(short{3}), 3min);
}

TEST_F(DurationTest, RoundUp) {
    expect_exact(std::chrono::duration<long, std::pico>(1), 1ns);
    expect_exact(std::chrono::duration<long, std::pico>(1001), 2ns);
    expect_exact(std::chrono::duration<double, std::nano>(0.001), 1ns);
    expect_exact(std::chrono::duration<double, std::micro>(1.0001), 1001ns);
}

TEST_F(DurationTest, OfNothingOrLessEndNow) {
    expect_exact(0s, 0ns);
    expect_exact(-1ns, 0ns);
    expect_exact(std::chrono::hours::min(), 0ns);
    expect_exact(nanoseconds::min(), 0ns);
    expect_exact(std::chrono::duration<double>(-1e300), 0ns);
    expect_exact(std::chrono::duration<double>(-std::numeric_limits<double>::infinity()), 0ns);
}

TEST_F(DurationTest, Saturate) {
    const auto never = time_point::max();
    EXPECT_EQ(runtime::deadline_after(std::chrono::hours::max()), never);
    EXPECT_EQ(runtime::deadline_after(nanoseconds::max()), never);
    EXPECT_EQ(runtime::deadline_after(std::chrono::seconds::max()), never);
    EXPECT_EQ(runtime::deadline_after(std::chrono::duration<unsigned long, std::ratio<86400>>(
                  std::numeric_limits<unsigned long>::max())),
              never);
    EXPECT_EQ(runtime::deadline_after(std::chrono::duration<double, std::ratio<3600>>(1e300)),
              never);
    EXPECT_EQ(runtime::deadline_after(
                  std::chrono::duration<double>(std::numeric_limits<double>::infinity())),
              never);
    // A century is far, and not never.
    EXPECT_LT(runtime::deadline_after(std::chrono::hours(24 * 36525)), never);
}

// --- sleep -------------------------------------------------------------------------------------

template <class D>
void expect_sleeps(D d, nanoseconds at_least) {
    const auto start = clock_type::now();
    this_task::sleep_for(d);
    EXPECT_GE(clock_type::now() - start, at_least);
}

// TestSleep.
TEST_F(SleepTest, SleepsAtLeastThatLong) {
    expect_sleeps(20ms, 20ms);
    expect_sleeps(std::chrono::duration<double, std::milli>(2.5), 2500us);
    expect_sleeps(std::chrono::duration<double, std::ratio<3600>>(1e-6), 3600us);
    for (int i = 0; i < repeat(100); ++i) expect_sleeps(10us, 10us);
    const auto when = clock_type::now() + 5ms;
    this_task::sleep_until(when);
    EXPECT_GE(clock_type::now(), when);
}

// TestSleepZeroDeadlock, and the negative half of TestOverflowSleep.
TEST_F(SleepTest, DoesNotSleepForNothingOrLess) {
    for (int i = 0; i < 100; ++i) this_task::sleep_for(0s);
    this_task::sleep_for(-1ns);
    this_task::sleep_for(std::chrono::hours::min());
    this_task::sleep_for(std::chrono::duration<double>(-1e300));
    this_task::sleep_until(clock_type::now() - 1h);
    this_task::sleep_until(time_point::min());
}

TEST_F(SleepTest, TasksSleepSideBySide) {
    const auto start = clock_type::now();
    std::vector<task> tasks;
    for (int i = 0; i < 50; ++i) tasks.push_back(go([] { expect_sleeps(40ms, 40ms); }));
    tasks.clear();
    EXPECT_LT(clock_type::now() - start, 50 * 40ms);
}

// In a process of its own, like the next: nobody can wake the task.
TEST_F(SleepDeathTest, ASleepingTaskIsParkedAndSaysSo) {
    constexpr auto line = __LINE__ + 2;
    const auto ask_a_sleeper = [] {
        task t = go([] { this_task::sleep_for(1h); });
        lifecycle::settle();
        for (const auto& info : lifecycle::tasks())
            if (info.id == t.id() && info.waiting)
                say(info.operation + " at line " + std::to_string(info.where.line) + info.on);
        _exit(0);
    };
    EXPECT_EXIT(child(ask_a_sleeper), exits(0), "^sleep at line " + std::to_string(line) + "\n$");
}

// TestOverflowSleep.
TEST_F(SleepDeathTest, ForEverIsNotAShortTime) {
    const auto sleep_for_ever = [] {
        go([] {
            this_task::sleep_for(std::chrono::hours::max());
            say("woke up");
        }).detach();
        go([] {
            this_task::sleep_for(nanoseconds::max());
            say("woke up");
        }).detach();
        go([] {
            this_task::sleep_for(std::chrono::duration<double>(1e300));
            say("woke up");
        }).detach();
        this_task::sleep_for(25ms);
    };
    EXPECT_EXIT(child(sleep_for_ever), exits(0), Not(HasSubstr("woke up")));
}

// --- timer -------------------------------------------------------------------------------------

// TM-1, TM-2; TestAfter, TestAfterTimes. The bracket is exact, however late the receive is.
TEST_F(TimerTest, DeliversOnceTheTimeThatWasDue) {
    timer t;
    const auto b = bracketed([&] {
        t = timer(10ms);
        return clock_type::now();
    });
    this_task::sleep_for(50ms);
    const auto r = t.receive();
    ASSERT_EQ(r.status, receive_status::value);
    EXPECT_GE(*r, b.before + 10ms);
    EXPECT_LE(*r, b.after + 10ms);
    expect_no_tick(t);
}

TEST_F(TimerTest, IsNeverEarly) {
    for (int i = 0; i < repeat(200); ++i) {
        const auto start = clock_type::now();
        const auto due = *after(std::chrono::microseconds(i)).receive();
        const auto now = clock_type::now();
        EXPECT_GE(due, start + std::chrono::microseconds(i));
        EXPECT_GE(now, due);
    }
}

// TM-1; TestOverflowSleep.
TEST_F(TimerTest, OfNothingOrLessFiresAtOnce) {
    expect_tick(after(0s));
    expect_tick(after(-1ns));
    expect_tick(after(nanoseconds::min()));
    expect_tick(after(std::chrono::hours::min()));
    expect_tick(timer(std::chrono::duration<double>(-1e300)));
}

// TM-1; TestOverflowSleep.
TEST_F(TimerTest, ForEverNeverFires) {
    const auto never = [] { ADD_FAILURE() << "a big timer fired"; };
    const timer reset_to_for_ever(1h);
    reset_to_for_ever.reset(std::chrono::hours::max());
    select(receive(after(std::chrono::hours::max()), never),
           receive(after(nanoseconds::max()), never),
           receive(after(std::chrono::duration<double>(1e300)), never),
           receive(reset_to_for_ever, never), receive(after(25ms)));
}

// A firing in the far future must count as one that stop prevents.
TEST_F(TimerTest, ForEverCanBeStopped) {
    const timer t(std::chrono::hours::max());
    EXPECT_TRUE(t.stop());
    EXPECT_FALSE(t.stop());
    EXPECT_FALSE(t.reset(std::chrono::hours::max()));
    EXPECT_TRUE(t.reset(0s));
    expect_tick(t);
}

// TestZeroTimer.
TEST_F(TimerTest, OfNoDurationIsNeverMissed) {
    for (int i = 0; i < repeat(5000); ++i) {
        const auto start = clock_type::now();
        ASSERT_TRUE(after(0s).receive());
        EXPECT_LT(clock_type::now() - start, 10s);
    }
}

// TM-5.
TEST_F(TimerTest, CountsAsUnbuffered) {
    const timer fired(0s);
    const receiver<time_point> fired_after = after(0s);
    let_fire();
    EXPECT_EQ(fired.size(), 0U);
    EXPECT_EQ(fired.capacity(), 0U);
    EXPECT_EQ(fired_after.size(), 0U);
    EXPECT_EQ(fired_after.capacity(), 0U);
    const receiver<time_point> as_receiver = fired;
    EXPECT_EQ(as_receiver.size(), 0U);
    EXPECT_EQ(as_receiver.capacity(), 0U);
    expect_tick(fired);
    expect_tick(fired_after);
}

// TM-6; TestReset, TestAfterStop.
TEST_F(TimerTest, StopAndResetTellWhetherItWasActive) {
    const timer t(1h);
    EXPECT_TRUE(t.reset(2h)) << "pending";
    EXPECT_TRUE(t.stop()) << "pending";
    EXPECT_FALSE(t.stop()) << "stopped";
    EXPECT_FALSE(t.reset(0s)) << "stopped";
    let_fire();
    EXPECT_TRUE(t.reset(0s)) << "expired, but not received";
    let_fire();
    EXPECT_TRUE(t.stop()) << "expired, but not received";
    EXPECT_FALSE(t.reset(0s));
    expect_tick(t);
    EXPECT_FALSE(t.stop()) << "expired and received";
    EXPECT_FALSE(t.reset(0s)) << "expired and received";
    expect_tick(t);
}

// TM-5.
TEST_F(TimerTest, NothingFromBeforeStopOrResetCanBeReceived) {
    const timer t(0s);
    let_fire();
    t.stop();
    expect_no_tick(t);
    t.reset(0s);
    let_fire();
    const auto start = clock_type::now();
    t.reset(5ms);
    EXPECT_GE(*t.receive(), start + 5ms);
}

// The same at the moment of firing: whatever stop returns, nothing may come afterwards.
TEST_F(TimerTest, NothingComesAfterAStopThatRacesWithTheFiring) {
    const timer t(1h);
    for (int i = 0; i < repeat(2000); ++i) {
        t.reset(std::chrono::microseconds(i % 50));
        if (i % 2 == 0) this_task::yield();
        EXPECT_TRUE(t.stop()) << "nobody has received it";
        expect_no_tick(t);
        if (i % 100 == 0) let_fire();
        expect_no_tick(t);
    }
}

// TestAfterStop.
TEST_F(TimerTest, AStoppedTimerDoesNotFire) {
    const timer stopped(5ms), later(10ms);
    EXPECT_TRUE(stopped.stop());
    static_cast<void>(later.receive());
    expect_no_tick(stopped);
}

// TestAfterTick.
TEST_F(TimerTest, SeveralInTurnTakeTheSumOfTheirDurations) {
    const auto start = clock_type::now();
    for (int i = 0; i < 10; ++i) static_cast<void>(after(2ms).receive());
    EXPECT_GE(clock_type::now() - start, 20ms);
}

// TM-9; TestAfterQueuing.
TEST_F(TimerTest, WaitersAreWokenInTheOrderOfTheirTimes) {
    nanoseconds delta = 5ms;
    eventually([&] {
        constexpr int slots[] = {5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0};
        const auto result = make_channel<int>(std::size(slots));
        std::vector<task> tasks;
        for (const int slot : slots)
            tasks.push_back(go([slot, result, due = after(slot * delta)] {
                static_cast<void>(due.receive());
                result.send(slot);
            }));
        tasks.clear();
        result.close();
        std::vector<int> order;
        for (const int slot : result) order.push_back(slot);
        EXPECT_EQ(order.size(), std::size(slots));
        delta *= 2;
        return std::ranges::is_sorted(order);
    });
}

// TM-9, where the scheduling of tasks does not matter.
TEST_F(TimerTest, WhenALaterOneHasFiredTheEarlierHas) {
    for (int i = 0; i < repeat(300); ++i) {
        const timer later(20us), sooner(5us);
        const time_point both_armed = std::chrono::steady_clock::now();
        const time_point due_later = *later.receive();
        if (both_armed >= due_later || sooner.try_receive()) continue;
        EXPECT_GE(*sooner.receive(), due_later) << "it should have fired";
    }
}

// TM-10.
TEST_F(TimerTest, ADefaultConstructedOneIsMisuse) {
    const timer t;
    EXPECT_THROW(t.stop(), std::logic_error);
    EXPECT_THROW(t.reset(1s), std::logic_error);
    try {
        t.stop();
    } catch (const std::logic_error& e) {
        EXPECT_THAT(e.what(), HasSubstr("uninitialized timer"));
    }
    EXPECT_FALSE(t);
    EXPECT_EQ(t.size(), 0U);
    expect_no_tick(t);
    EXPECT_EQ(select(receive(t), otherwise()), 1U);
}

TEST_F(TimerTest, CopiesAreHandlesToOneTimer) {
    const timer a(1h);
    const timer b = a;
    EXPECT_EQ(a, b);
    EXPECT_TRUE(b.stop());
    EXPECT_FALSE(a.stop());
    EXPECT_NE(a, timer(1h));
}

// TM-8; TestTimerGC.
TEST_F(TimerTest, DroppingTheLastHandleCancelsIt) {
    for (int i = 0; i < repeat(1000); ++i) {
        std::vector<std::weak_ptr<void>> dropped;
        dropped.push_back(after(1h).state());
        dropped.push_back(timer(1h).state());
        dropped.push_back(ticker(1h).state());
        for (const auto& state : dropped) ASSERT_TRUE(state.expired());
    }
}

// The clock may be about to fire it.
TEST_F(TimerTest, MayBeDroppedAtTheMomentOfFiring) {
    std::vector<task> tasks;
    for (int k = 0; k < 3; ++k)
        tasks.push_back(go([k] {
            for (int i = 0; i < repeat(1000); ++i) {
                const auto t = after(std::chrono::microseconds(i % 20));
                const ticker fast(std::chrono::microseconds(1 + i % 20));
                if (i % (k + 2) == 0) static_cast<void>(t.receive());
            }
        }));
}

// MM-12: the int is plain; what orders is reset and the receive.
TEST_F(TimerTest, WhatComesBeforeResetHappensBeforeTheReceive) {
    for (int i = 0; i < repeat(200); ++i) {
        int value = 0;
        const timer t(1h);
        task reader = go([&] {
            static_cast<void>(t.receive());
            EXPECT_EQ(value, 1);
        });
        value = 1;
        t.reset(0s);
    }
}

// TestTimerModifiedEarlier.
TEST_F(TimerTest, ManyMovesToAnEarlierTimeLoseNothing) {
    for (int i = 0; i < repeat(300); ++i) {
        const timer t(1h);
        for (int j = 0; j < 10; ++j) {
            t.stop();
            t.reset(-1000h);
        }
        expect_tick(t);
    }
}

// TestAdjustTimers.
TEST_F(TimerTest, ManyMovesBackAndForthLoseNothing) {
    std::mt19937 random(1);
    struct mover {
        timer t;
        int state = 0;
    };
    std::vector<mover> movers(100);
    while (!movers.empty()) {
        const std::size_t i = random() % movers.size();
        mover& m = movers[i];
        switch (m.state++) {
            case 0:
                m.t = timer(0s);
                break;
            case 1:
            case 9:
                expect_tick(m.t);
                break;
            case 2:
                EXPECT_FALSE(m.t.reset(1min));
                break;
            case 4:
                EXPECT_FALSE(m.t.reset(3min));
                break;
            case 6:
                EXPECT_FALSE(m.t.reset(2min));
                break;
            case 3:
            case 5:
            case 7:
                EXPECT_TRUE(m.t.stop());
                break;
            case 8:
                EXPECT_FALSE(m.t.reset(0s));
                break;
            default:
                movers.erase(movers.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
}

// TestStopResult and TestResetResult: of two equal timers one is received. If the other was still
// active, it must not deliver; if not, it must have delivered, and to nobody else.
template <class Disarm>
void expect_that_the_result_is_true(Disarm disarm) {
    const auto start = make_channel<unit>();
    std::vector<task> tasks;
    for (int k = 0; k < repeat(100); ++k)
        tasks.push_back(go([=] {
            static_cast<void>(start.receive());
            for (int i = 0; i < 20; ++i) {
                const timer a(200us), b(200us);
                const timer& loser = select(receive(a), receive(b)) == 0 ? b : a;
                if (disarm(loser))
                    expect_no_tick(loser);
                else
                    expect_tick(loser);
            }
        }));
    start.close();
}

TEST_F(TimerTest, StopTellsTheTruthWhenItRacesWithTheFiring) {
    expect_that_the_result_is_true([](const timer& t) { return t.stop(); });
}

TEST_F(TimerTest, ResetTellsTheTruthWhenItRacesWithTheFiring) {
    expect_that_the_result_is_true([](const timer& t) { return t.reset(1h); });
}

// TestMultiWakeupTimer.
TEST_F(TimerTest, SeveralTasksMayReceiveAndResetIt) {
    const timer t(1ns);
    std::vector<task> tasks;
    for (int k = 0; k < 4; ++k)
        tasks.push_back(go([=] {
            for (int i = 0; i < repeat(1000); ++i) {
                static_cast<void>(t.try_receive());
                t.reset(1ns);
            }
        }));
    tasks.clear();
    expect_tick(t);
    expect_no_tick(t);
}

// TestAfterFunc: a chain in which each is started by the timer of the one before.
TEST_F(TimerTest, AChainOfTasksEachStartedByATimer) {
    const auto done = make_channel<int>(1);
    std::function<void(int)> next = [&](int left) {
        if (left == 0) return done.send(1);
        go([&next, left, due = after(0s)] {
            static_cast<void>(due.receive());
            next(left - 1);
        }).detach();
    };
    next(10);
    EXPECT_TRUE(done.receive());
}

// TestAfterFuncStarvation, TestTimerFairness: a timer is heard although two tasks keep a channel
// busy.
TEST_F(TimerTest, IsHeardBesideTasksThatAreAlwaysReady) {
    const auto busy = make_channel<int>();
    const auto done = make_channel<unit>();
    std::vector<task> tasks;
    for (int k = 0; k < 2; ++k)
        tasks.push_back(go([=] {
            while (select(send(busy, 1), receive(done)) == 0) {
            }
        }));
    const auto timeout = after(20ms);
    while (select(receive(busy), receive(timeout)) == 0) {
    }
    done.close();
}

// TestTimerFairness2.
TEST_F(TimerTest, IsHeardByTasksThatServeEachOther) {
    const auto busy = make_channel<int>();
    const auto serve = [=] {
        const auto timeout = after(20ms);
        while (select(send(busy, 1), receive(busy), receive(timeout)) != 2) {
        }
    };
    task a = go(serve);
    task b = go(serve);
}

// TestLongAdjustTimers: sleepers and 20 selects with a timeout each per round.
TEST_F(TimerTest, ManySleepersAndTimeoutsDoNotHoldUpWork) {
    std::vector<task> sleepers;
    for (int i = 0; i < repeat(1000); ++i)
        sleepers.push_back(go([] { this_task::sleep_for(10us); }));

    const auto in = make_channel<int>(), out = make_channel<int>();
    task queue = go([=] {
        std::vector<int> waiting;
        for (bool open = true; open;)
            select(when(!waiting.empty(),
                        [&] {
                            return send(out, waiting.front(),
                                        [&] { waiting.erase(waiting.begin()); });
                        }),
                   receive(in, [&](received<int> r) {
                       open = static_cast<bool>(r);
                       if (open) waiting.push_back(*r);
                   }));
    });
    for (int round = 0; round < repeat(100); ++round) {
        for (int i = 0; i < 20; ++i) in.send(i);
        for (int i = 0; i < 20; ++i)
            select(receive(out, [&](received<int> r) { EXPECT_EQ(*r, i); }),
                   receive(after(30s), [] { ADD_FAILURE() << "no work"; }));
    }
    in.close();
}

// --- ticker ------------------------------------------------------------------------------------

// TM-2 for the first tick; each later one is a whole number of periods after it.
TEST_F(TickerTest, TicksAreDueWholePeriodsApart) {
    constexpr auto period = 2ms;
    ticker t;
    const auto b = bracketed([&] {
        t = ticker(period);
        return clock_type::now();
    });
    time_point last = *t.receive();
    EXPECT_GE(last, b.before + period);
    EXPECT_LE(last, b.after + period);
    for (int i = 0; i < 10; ++i) {
        const time_point tick = *t.receive();
        EXPECT_GT(tick, last);
        EXPECT_EQ((tick - last) % period, 0ns) << "the period is not what was asked for";
        EXPECT_GE(clock_type::now(), tick);
        last = tick;
    }
}

// TestTicker.
TEST_F(TickerTest, TicksAtTheRateThatWasSetLast) {
    eventually([] {
        constexpr auto period = 10ms;
        const auto start = clock_type::now();
        const ticker t(period);
        for (int i = 0; i < 5; ++i) static_cast<void>(t.receive());
        t.reset(2 * period);
        for (int i = 0; i < 5; ++i) static_cast<void>(t.receive());
        t.stop();
        const auto took = clock_type::now() - start;
        EXPECT_GE(took, 15 * period);
        return took < 15 * period * 13 / 10;
    });
}

// TestTicker, TestTeardown.
TEST_F(TickerTest, AStoppedOneTicksNoMoreAndIsNotClosed) {
    for (int i = 0; i < 3; ++i) {
        const ticker t(1ms);
        static_cast<void>(t.receive());
        t.stop();
        static_cast<void>(after(3ms).receive());
        expect_no_tick(t);
        t.stop();
        t.reset(1ms);
        expect_tick(t);
    }
}

// TM-3.
TEST_F(TickerTest, DropsTheTicksThatNobodyReceived) {
    eventually([] {
        const ticker t(10ms);
        this_task::sleep_for(105ms);
        int pending = 0;
        while (t.try_receive()) ++pending;
        return pending == 1;
    });
    eventually([] {  // and the one that was kept is the oldest (TestTickTimes)
        const auto start = clock_type::now();
        const ticker t(10ms);
        this_task::sleep_for(105ms);
        return *t.receive() < start + 50ms && *t.receive() > start + 60ms;
    });
}

// TM-4; TestNewTickerLtZeroDuration, TestTickerResetLtZeroDuration.
TEST_F(TickerTest, WantsAPositiveInterval) {
    EXPECT_THROW(ticker(0s), std::invalid_argument);
    EXPECT_THROW(ticker(-1ns), std::invalid_argument);
    EXPECT_THROW(ticker(std::chrono::duration<double>(-0.5)), std::invalid_argument);
    const ticker t(1ms);
    EXPECT_THROW(t.reset(0s), std::invalid_argument);
    EXPECT_THROW(t.reset(-1h), std::invalid_argument);
    expect_tick(t);  // goes on as before
    expect_tick(t);
}

// TestTickerStress: a period that is over before the next line of code.
TEST_F(TickerTest, TicksOnAtTheShortestInterval) {
    const ticker t(1ns);
    for (int i = 0; i < 100 && !HasFailure(); ++i) expect_tick(t);
    const ticker fraction(std::chrono::duration<double, std::nano>(0.25));
    for (int i = 0; i < 100 && !HasFailure(); ++i) expect_tick(fraction);
}

// TestTickerConcurrentStress.
TEST_F(TickerTest, SeveralTasksMayReceiveFromIt) {
    const ticker t(1us);
    std::vector<task> tasks;
    for (int k = 0; k < 10; ++k)
        tasks.push_back(go([=] {
            for (int i = 0; i < repeat(100) && !HasFailure(); ++i) expect_tick(t);
        }));
}

// TestMultiWakeupTicker.
TEST_F(TickerTest, WakesTasksThatWaitForATimeoutToo) {
    const ticker t(1us);
    std::vector<task> tasks;
    for (int k = 0; k < 4; ++k)
        tasks.push_back(go([=] {
            for (int i = 0; i < repeat(1000); ++i) select(receive(t), receive(after(1ms)));
        }));
}

TEST_F(TickerTest, ForEverNeverTicks) {
    const ticker never(std::chrono::hours::max()), century(24h * 36525);
    select(receive(never, [] { ADD_FAILURE(); }), receive(century, [] { ADD_FAILURE(); }),
           receive(after(10ms)));
    never.reset(1ms);
    expect_tick(never);
    expect_tick(never);
}

// TM-5.
TEST_F(TickerTest, CountsAsUnbuffered) {
    const ticker t(1us);
    let_fire();
    EXPECT_EQ(t.size(), 0U);
    EXPECT_EQ(t.capacity(), 0U);
    const receiver<time_point> as_receiver = t;
    EXPECT_EQ(as_receiver.size(), 0U);
    EXPECT_EQ(as_receiver.capacity(), 0U);
}

// TM-10.
TEST_F(TickerTest, ADefaultConstructedOneCanBeStoppedButNotReset) {
    const ticker t;
    EXPECT_NO_THROW(t.stop());
    EXPECT_THROW(t.reset(1s), std::logic_error);
    expect_no_tick(t);
}

// --- Go's contract of stop and reset, for both -------------------------------------------------

struct timer_under_test {
    static constexpr bool is_ticker = false;
    timer in{10000s};
    bool stop() { return in.stop(); }
    template <class D>
    bool reset(D d) {
        return in.reset(d);
    }
};

struct ticker_under_test {
    static constexpr bool is_ticker = true;
    ticker in{10000s};
    bool active = true;
    bool stop() {
        in.stop();
        return std::exchange(active, false);
    }
    template <class D>
    bool reset(D d) {
        in.reset(d);
        return std::exchange(active, true);
    }
};

// TestChan of tick_test.go, as it is since Go 1.23.
template <class T>
void expect_the_contract() {
    T t;
    const auto& in = t.in;
    t.stop();
    expect_no_tick(in);
    t.reset(10000s);
    expect_no_tick(in);
    t.reset(1ns);
    expect_tick(in);

    // A tick that should have happened is not received once it was reset.
    let_fire();
    t.reset(10000s);
    expect_no_tick(in);

    // While somebody waits for it: reset to far away, and to now.
    {
        std::atomic<bool> done{false};
        task waiting = go([&] {
            static_cast<void>(in.receive());
            done = true;
        });
        lifecycle::settle();
        EXPECT_FALSE(done);
        t.reset(20000s);
        lifecycle::settle();
        EXPECT_FALSE(done);
        t.reset(1ns);
    }
    let_fire();
    if (T::is_ticker)
        expect_tick(in);
    else
        expect_no_tick(in);
    t.stop();
    expect_no_tick(in);

    // Two wait, and one is served.
    {
        t.reset(10000s);
        const auto served = make_channel<unit>(2);
        const auto stop = make_channel<unit>();
        const auto wait = [&] { select(receive(in, [&] { served.send({}); }), receive(stop)); };
        task a = go(wait);
        task b = go(wait);
        lifecycle::settle();
        EXPECT_FALSE(served.try_receive());
        t.reset(1ms);
        static_cast<void>(served.receive());
        t.stop();
        stop.close();
        a.join();
        b.join();
        if (!T::is_ticker) {
            EXPECT_FALSE(served.try_receive());
        }
    }

    // Two wait while it is stopped, and nobody is served.
    {
        const auto stop = make_channel<unit>();
        const auto wait = [&] {
            select(receive(in, [] { ADD_FAILURE() << "a stopped timer delivered"; }),
                   receive(stop));
        };
        task a = go(wait);
        task b = go(wait);
        lifecycle::settle();
        let_fire();
        stop.close();
    }

    t.reset(1ns);
    let_fire();
    EXPECT_TRUE(t.stop());
    expect_no_tick(in);
    t.reset(1h);
    expect_no_tick(in);
    EXPECT_TRUE(t.reset(1ns));
    expect_tick(in);
    let_fire();
    if (T::is_ticker)
        expect_tick(in);
    else
        expect_no_tick(in);
    EXPECT_EQ(t.reset(1h), T::is_ticker);
    expect_no_tick(in);
}

TEST_F(TimerTest, KeepsGosContractOfStopAndReset) { expect_the_contract<timer_under_test>(); }
TEST_F(TickerTest, KeepsGosContractOfStopAndReset) { expect_the_contract<ticker_under_test>(); }

}  // namespace braid::timer_test
