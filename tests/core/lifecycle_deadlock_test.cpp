// The deadlock report (G-6) and the table on SIGQUIT. Both end the process, so each case is a
// program of its own.
//
// Of Go's crash_test: TestSimpleDeadlock; TestGoexitDeadlock as "the last one who could have done
// something ends" (there is no Goexit). TestInitDeadlock would be the first in a static object.
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/runtime/clock.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::lifecycle_deadlock_test {

using namespace braid_test;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class DeadlockDeathTest : public ::testing::Test {};
class QuitDeathTest : public ::testing::Test {};

const char* const headline = "braid: all tasks are asleep - deadlock!\n";

[[noreturn]] void block_for_ever() {
    static_cast<void>(make_channel<int>().receive());
    std::abort();
}

// For a thread or task beside main. Does not count as a use of Braid.
void wait_until_main_is_parked() {
    const auto waits = [](const lifecycle::task_info& t) { return t.waiting; };
    while (std::ranges::none_of(lifecycle::tasks(), waits)) std::this_thread::yield();
}

// Ends the process with `status` in `d`, without a thread that Braid could count on.
template <int status>
void exit_after(std::chrono::microseconds d) {
    signal(SIGALRM, [](int) { _exit(status); });
    const itimerval once{{0, 0}, {0, static_cast<suseconds_t>(d.count())}};
    setitimer(ITIMER_REAL, &once, nullptr);
}

// --- the report --------------------------------------------------------------------------------

// TestSimpleDeadlock.
TEST_F(DeadlockDeathTest, MainThatWaitsForNobodyIsReported) {
    EXPECT_EXIT(child(block_for_ever), exits(deadlock_status),
                MatchesRegex("braid: all tasks are asleep - deadlock!\n\n"
                             "thread #1\n"
                             "    blocked in receive at [^\n]*lifecycle_deadlock_test.cpp:[0-9]+ "
                             "for [0-9.]+ s\n"
                             "    on channel \\(capacity 0\\) made at "
                             "[^\n]*lifecycle_deadlock_test.cpp:[0-9]+, to which no living task "
                             "has sent\n"));
}

TEST_F(DeadlockDeathTest, SoAreOperationsThatCanNeverEnd) {
    const channel<int> nil;
    EXPECT_EXIT(child([=] { static_cast<void>(nil.receive()); }), exits(deadlock_status),
                HasSubstr("blocked in receive (nil channel) at "));
    EXPECT_EXIT(child([=] { nil.send(1); }), exits(deadlock_status),
                HasSubstr("blocked in send (nil channel) at "));
    EXPECT_EXIT(child([=] { select(receive(nil), send(nil, 1)); }), exits(deadlock_status),
                HasSubstr("blocked in select (no case can ever proceed) at "));
    EXPECT_EXIT(child([] { this_task::sleep_for(std::chrono::hours::max()); }),
                exits(deadlock_status), HasSubstr("blocked in sleep at "));
    EXPECT_EXIT(child([] { static_cast<void>(after(std::chrono::hours::max()).receive()); }),
                exits(deadlock_status), HasSubstr("on timer made at "));
}

TEST_F(DeadlockDeathTest, EveryoneIsInTheReport) {
    const auto program = [] {
        const auto ch = make_channel<int>(2);
        go({.name = "lost"}, [=] { static_cast<void>(ch.receive()); }).detach();
        task sender = go({.name = "sender"}, [] { make_channel<int>().send(1); });
        std::thread guest([=] { select(receive(ch), receive(ch)); });
        sender.join();
    };
    EXPECT_EXIT(
        child(program), exits(deadlock_status),
        AllOf(StartsWith(headline),
              ContainsRegex("thread #1\n    blocked in join at [^\n]*\n    on task made at [^\n]*, "
                            "waiting for #[0-9]+\n"),
              ContainsRegex("task #[0-9]+ \"lost\" started at [^\n]* by #1, detached at [^\n]*\n"
                            "    blocked in receive at [^\n]*\n"
                            "    on channel \\(capacity 2\\) made at "),
              ContainsRegex("task #[0-9]+ \"sender\" started at [^\n]* by #1\n"
                            "    blocked in send at [^\n]*\n    on channel \\(capacity 0\\)"),
              ContainsRegex("thread #[0-9]+\n    blocked in select at [^\n]*\n"
                            "    on channel [^\n]*\n    or channel ")));
}

TEST_F(DeadlockDeathTest, HundredsOfTasksAreInTheReport) {
    EXPECT_EXIT(child([] {
                    const auto ch = make_channel<int>();
                    std::vector<task> tasks;
                    for (int i = 0; i < 300; ++i)
                        tasks.push_back(go({.name = "task " + std::to_string(i)},
                                           [=] { static_cast<void>(ch.receive()); }));
                }),
                exits(deadlock_status),
                AllOf(HasSubstr("\"task 0\" started"), HasSubstr("\"task 299\" started")));
}

TEST_F(DeadlockDeathTest, ACycleOfJoinsIsShown) {
    const auto program = [] {
        task a, b;
        const auto ready = make_channel<unit>();
        a = go({.name = "a"}, [&] {
            static_cast<void>(ready.receive());
            b.join();
        });
        b = go({.name = "b"}, [&] {
            static_cast<void>(ready.receive());
            a.join();
        });
        ready.close();
        block_for_ever();
    };
    EXPECT_EXIT(child(program), exits(deadlock_status),
                ContainsRegex("\nthe cycle:\n"
                              "    task #[0-9]+ \"a\" waits in join at [^\n]*\n"
                              "        for the task made at [^\n]*,\n"
                              "        which task #[0-9]+ \"b\" must end for\n"
                              "    task #[0-9]+ \"b\" waits in join at [^\n]*\n"
                              "        for the task made at [^\n]*,\n"
                              "        which task #[0-9]+ \"a\" must end for\n$"));
}

TEST_F(DeadlockDeathTest, WhatWasPrintedComesOutFirst) {
    EXPECT_EXIT(child([] {
                    dup2(STDERR_FILENO, STDOUT_FILENO);
                    std::printf("half a line");
                    block_for_ever();
                }),
                exits(deadlock_status), StartsWith(std::string("half a line") + headline));
}

// --- when it comes -----------------------------------------------------------------------------

// TestGoexitDeadlock.
TEST_F(DeadlockDeathTest, ItComesWhenTheLastRunningTaskEnds) {
    EXPECT_EXIT(child([] {
                    go([] {
                        wait_until_main_is_parked();
                        say("the last one ends");
                    }).detach();
                    block_for_ever();
                }),
                exits(deadlock_status), HasInOrder("the last one ends", headline));
}

TEST_F(DeadlockDeathTest, ItComesWhenTheLastRunningGuestEnds) {
    EXPECT_EXIT(child([] {
                    std::thread([] {
                        static_cast<void>(this_task::id());
                        wait_until_main_is_parked();
                        say("the last one ends");
                    }).detach();
                    block_for_ever();
                }),
                exits(deadlock_status), HasInOrder("the last one ends", headline));
}

// It could still do something, even if it never has.
TEST_F(DeadlockDeathTest, ItWaitsForTheEndOfAThreadThatNeverUsedBraid) {
    EXPECT_EXIT(child([] {
                    std::thread([] {
                        wait_until_main_is_parked();
                        std::this_thread::sleep_for(200ms);  // time for a wrong report
                        say("the thread ends");
                    }).detach();
                    block_for_ever();
                }),
                exits(deadlock_status), HasInOrder("the thread ends", headline));
}

TEST_F(DeadlockDeathTest, AThreadThatUsesBraidAtLastIsNoDeadlock) {
    const auto program = [] {
        const auto ch = make_channel<int>();
        std::thread late([=] {
            wait_until_main_is_parked();
            std::this_thread::sleep_for(200ms);  // time for a wrong report
            ch.send(1);
        });
        if (*ch.receive() == 1) say("received");
        late.join();
    };
    EXPECT_EXIT(child(program), exits(0), "^received\n$");
}

// Afterwards everything is as before, and a real deadlock is reported.
TEST_F(DeadlockDeathTest, ItStillComesAfterItSeemedToBeNear) {
    const auto program = [] {
        const auto ch = make_channel<int>();
        for (int i = 0; i < 20; ++i) {
            std::thread late([=] {
                wait_until_main_is_parked();
                ch.send(1);
            });
            static_cast<void>(ch.receive());
            late.join();
        }
        say("now for good");
        block_for_ever();
    };
    EXPECT_EXIT(child(program), exits(deadlock_status), HasInOrder("now for good", headline));
}

// A timer that says when it fires.
struct loud : clock::timed {
    void due(time_point) noexcept override { say("the timer fires"); }
};

TEST_F(DeadlockDeathTest, APendingTimerPutsItOff) {
    EXPECT_EXIT(child([] {
                    const auto t = std::make_shared<loud>();
                    clock::schedule(t, runtime::deadline_after(150ms));
                    block_for_ever();
                }),
                exits(deadlock_status), HasInOrder("the timer fires", headline));
}

TEST_F(DeadlockDeathTest, ATimerThatFiredForNobodyDoesNotPreventIt) {
    EXPECT_EXIT(child([] {
                    const timer nobody_receives_it(1ms);
                    block_for_ever();
                }),
                exits(deadlock_status), StartsWith(headline));
}

TEST_F(DeadlockDeathTest, ATickerThatIsKeptPreventsIt) {
    EXPECT_EXIT(child([] {
                    const ticker t(1ms);
                    exit_after<7>(200ms);
                    block_for_ever();
                }),
                exits(7), "^$");
}

TEST_F(DeadlockDeathTest, WhoWaitsForATimerOrSleepsIsNotAsleep) {
    const auto program = [] {
        const auto ch = make_channel<int>();
        select(receive(ch), receive(after(50ms)));
        task sleeper = go([=] {
            this_task::sleep_for(50ms);
            ch.send(1);
        });
        static_cast<void>(ch.receive());
    };
    EXPECT_EXIT(child(program), exits(0), "^$");
}

// TM-8: what was dropped or stopped is not pending.
TEST_F(DeadlockDeathTest, TimersThatWereDroppedOrStoppedDoNotPutItOff) {
    EXPECT_EXIT(child([] {
                    for (int i = 0; i < 1000; ++i) {
                        static_cast<void>(after(1h));
                        static_cast<void>(ticker(1h));
                        select(receive(after(1h)), receive(after(0s)));
                    }
                    block_for_ever();
                }),
                exits(deadlock_status), StartsWith(headline));
    EXPECT_EXIT(child([] {
                    const timer stopped(1h), reset_to_never(1h);
                    const ticker stopped_ticker(1h);
                    stopped.stop();
                    reset_to_never.reset(std::chrono::hours::max());
                    stopped_ticker.stop();
                    block_for_ever();
                }),
                exits(deadlock_status), StartsWith(headline));
}

// The last handle goes while all the others are asleep already.
TEST_F(DeadlockDeathTest, DroppingTheLastPendingTimerBringsIt) {
    EXPECT_EXIT(child([] {
                    std::thread([pending = after(1h)]() mutable {
                        wait_until_main_is_parked();
                        pending = {};
                        say("dropped");
                    }).detach();
                    block_for_ever();
                }),
                exits(deadlock_status), HasInOrder("dropped", headline));
}

// G-6: a part of the program is not the whole of it.
TEST_F(DeadlockDeathTest, APartialDeadlockIsNotReported) {
    EXPECT_EXIT(child([] {
                    for (int i = 0; i < 3; ++i) go([] { block_for_ever(); }).detach();
                    lifecycle::settle();
                    for (int i = 0; i < 100; ++i) this_task::yield();
                    say("main goes on");
                }),
                exits(0), "^main goes on\n$");
}

// Ways to be on the edge of a deadlock all the time, and never in one.
TEST_F(DeadlockDeathTest, AProgramThatGoesOnIsNeverReported) {
    const auto program = [] {
        const auto ping = make_channel<int>(), pong = make_channel<int>();
        task echo = go([=] {
            for (int v : ping) pong.send(v);
        });
        for (int i = 0; i < repeat(300); ++i) {
            ping.send(i);  // two that wake each other
            static_cast<void>(pong.receive());
            static_cast<void>(after(1us).receive());  // woken by the clock
            this_task::sleep_for(1us);
            const ticker t(1us);
            static_cast<void>(t.receive());
            std::thread guest([=] { ping.send(1); });  // woken by somebody unheard of
            static_cast<void>(pong.receive());
            guest.join();
            go([=] { ping.send(2); }).detach();  // woken by one who ends
            static_cast<void>(pong.receive());
        }
        ping.close();
    };
    EXPECT_EXIT(child(program), exits(0), "^$");
}

// --- SIGQUIT -----------------------------------------------------------------------------------

[[noreturn]] void quit() {
    kill(getpid(), SIGQUIT);
    for (;;) pause();
}

TEST_F(QuitDeathTest, PrintsTheTableAndEndsTheProcess) {
    const auto program = [] {
        static_cast<void>(after(1us).receive());
        const auto ch = make_channel<int>();
        go({.name = "blocked"}, [=] { static_cast<void>(ch.receive()); }).detach();
        std::atomic<bool> never{false};
        task busy = go({.name = "busy"}, [&] {
            while (!never) this_task::yield();
        });
        while (lifecycle::tasks().size() < 3 || !lifecycle::tasks()[1].waiting) this_task::yield();
        quit();
    };
    EXPECT_EXIT(child(program), exits(2),
                MatchesRegex("braid: SIGQUIT\n\n"
                             "thread #1\n    running\n"
                             "task #[0-9]+ \"blocked\" [^\n]*\n    blocked in receive [^\n]*\n"
                             "    on channel [^\n]*\n"
                             "task #[0-9]+ \"busy\" [^\n]*\n    running\n"));
}

// Nothing has needed the service thread yet, which is to write the table.
TEST_F(QuitDeathTest, WorksInAProgramThatHasHadNoTimer) {
    EXPECT_EXIT(child([] {
                    make_channel<int>(1).send(1);
                    quit();
                }),
                exits(2), StartsWith("braid: SIGQUIT\n\n"));
}

// As main does that waits for a line on stdin.
TEST_F(QuitDeathTest, WorksWhileAThreadHoldsTheLockOfAStream) {
    EXPECT_EXIT(child([] {
                    static_cast<void>(after(1us).receive());
                    make_channel<int>(1).send(1);
                    flockfile(stdin);
                    quit();
                }),
                exits(2), StartsWith("braid: SIGQUIT\n\n"));
}

TEST_F(QuitDeathTest, AHandlerOfTheProgramIsKept) {
    EXPECT_EXIT(child([] {
                    signal(SIGQUIT, [](int) { _exit(7); });
                    static_cast<void>(after(1us).receive());
                    quit();
                }),
                exits(7), "^$");
    EXPECT_EXIT(child([] {
                    signal(SIGQUIT, SIG_IGN);
                    static_cast<void>(after(1us).receive());
                    kill(getpid(), SIGQUIT);
                    static_cast<void>(after(50ms).receive());
                }),
                exits(0), "^$");
}

TEST_F(QuitDeathTest, AProgramThatDoesNotUseBraidDiesAsEver) {
    EXPECT_EXIT(child(quit), dies_of(SIGQUIT), "^$");
}

}  // namespace braid::lifecycle_deadlock_test
