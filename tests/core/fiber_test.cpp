// The fiber runtime: what is not true of every runtime. All other suites run on it as well.
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/blocking.hpp"
#include "common/channel.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "patterns/wait_group/wait_group.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::fiber_test {

using namespace braid_test;
using namespace std::chrono_literals;
using ::testing::MatchesRegex;

class FiberDeathTest : public ::testing::Test {};

constexpr bool sanitized = thread_sanitizer || address_sanitizer;

// A child on this many workers, whose main function waits for one task, main_task.
template <class F>
[[noreturn]] void on_fibers(const char* workers, F main_task) {
    set_environment("BRAID_RUNTIME", "fibers");
    set_environment("BRAID_WORKERS", workers);
    child([&] { go(main_task).join(); });
}

#define EXPECT_RUNS(workers, ...) EXPECT_EXIT(on_fibers(workers, __VA_ARGS__), exits(0), "^$")

void check(bool holds, const char* what) {
    if (holds) return;
    say(what);
    _exit(1);
}

// --- What belongs to a fiber -------------------------------------------------------------------

// Each parks in a catch block while the other catches, and rethrows its own.
TEST_F(FiberDeathTest, WhatIsBeingCaughtIsNotThatOfAnother) {
    const auto body = [] {
        const auto ping = make_channel<unit>(), pong = make_channel<unit>();
        const auto rethrows = [](int mine, const auto& meet) {
            try {
                try {
                    throw mine;
                } catch (int) {
                    meet();
                    throw;
                }
            } catch (int caught) {
                check(caught == mine, "caught that of another");
            }
        };
        task other = go([&] {
            static_cast<void>(ping.receive());
            rethrows(2, [&] {
                pong.send({});
                static_cast<void>(ping.receive());
            });
        });
        rethrows(1, [&] {
            ping.send({});
            static_cast<void>(pong.receive());
        });
        ping.send({});
    };
    EXPECT_RUNS("1", body);
    EXPECT_RUNS("2", body);
}

TEST_F(FiberDeathTest, SoIsTheNumberOfExceptionsInFlight) {
    const auto body = [] {
        struct parks_in_the_destructor {
            receiver<unit> gate;
            ~parks_in_the_destructor() {
                static_cast<void>(gate.receive());
                check(std::uncaught_exceptions() == 1, "this task has one in flight");
            }
        };
        const auto gate = make_channel<unit>();
        task unwinding = go([&] {
            try {
                const parks_in_the_destructor p{gate};
                throw std::runtime_error("in flight");
            } catch (const std::runtime_error&) {
            }
        });
        this_task::yield();
        check(std::uncaught_exceptions() == 0, "this one has none");
        gate.send({});
    };
    EXPECT_RUNS("1", body);
    EXPECT_RUNS("2", body);
}

// --- Many of them ------------------------------------------------------------------------------

TEST_F(FiberDeathTest, AHundredThousandCanWaitAtOnce) {
    EXPECT_RUNS("2", [] {
        const int n = thread_sanitizer ? 2000 : address_sanitizer ? 10'000 : 100'000;
        const auto gate = make_channel<unit>();
        std::atomic<int> ended{0};
        {
            std::vector<task> all;
            all.reserve(static_cast<std::size_t>(n));
            for (int i = 0; i < n; ++i)
                all.push_back(go([&] {
                    static_cast<void>(gate.receive());
                    ++ended;
                }));
            lifecycle::settle();
            gate.close();
        }
        check(ended == n, "some did not end");
    });
}

int depth_of(int n) {
    if (n == 0) return 0;
    int below = 0;
    go([&] { below = depth_of(n - 1); }).join();
    return below + 1;
}

TEST_F(FiberDeathTest, TasksMayStartAndJoinTasksToAnyDepth) {
    constexpr int depth = thread_sanitizer ? 1000 : 10'000;
    const auto body = [] { check(depth_of(depth) == depth, "wrong depth"); };
    EXPECT_RUNS("1", body);
    EXPECT_RUNS("2", body);
}

TEST_F(FiberDeathTest, ThousandsSleepSideBySide) {
    EXPECT_RUNS("2", [] {
        const int n = sanitized ? 500 : 5000;
        const auto start = std::chrono::steady_clock::now();
        run_tasks(n, [](int i) {
            const auto d = std::chrono::microseconds(i % 50 * 400);
            const auto before = std::chrono::steady_clock::now();
            this_task::sleep_for(d);
            check(std::chrono::steady_clock::now() - before >= d, "woke up early");
        });
        check(std::chrono::steady_clock::now() - start < 15s, "one after the other");
    });
}

// --- Workers -----------------------------------------------------------------------------------

// The one keeps its worker; the other is woken by it, on that worker, and goes on elsewhere.
TEST_F(FiberDeathTest, WhoIsWokenByOneThatGoesOnComputingIsTakenOver) {
    EXPECT_RUNS("2", [] {
        const auto ch = make_channel<int>(1);
        std::atomic<bool> done{false};
        task woken = go([&] {
            static_cast<void>(ch.receive());
            done = true;
        });
        lifecycle::settle();
        ch.send(1);
        while (!done) continue;
    });
}

TEST_F(FiberDeathTest, OthersGoOnWhileOneIsInASystemCall) {
    if (std::getenv("BRAID_MIGRATE") != nullptr)
        GTEST_SKIP() << "fibers are sent to the worker that is held up";
    EXPECT_RUNS("2", [] {
        std::array<int, 2> pipe_ends{};
        check(pipe(pipe_ends.data()) == 0, "no pipe");
        char read_ = 0;
        task reader = go([&] { check(read(pipe_ends[0], &read_, 1) == 1, "nothing read"); });
        task writer = go([&] {
            this_task::yield();
            check(write(pipe_ends[1], "x", 1) == 1, "nothing written");
        });
        reader.join();
        check(read_ == 'x', "something else was read");
    });
}

TEST_F(FiberDeathTest, BlockingKeepsTheWorkerFree) {
    EXPECT_RUNS("1", [] {
        std::array<int, 2> ends{};
        check(pipe(ends.data()) == 0, "no pipe");
        task writer = go([&] { check(write(ends[1], "x", 1) == 1, "nothing written"); });
        char c = 0;
        check(blocking([&] { return read(ends[0], &c, 1); }) == 1 && c == 'x', "nothing read");
        blocking([&] { c = 'y'; });
        check(c == 'y', "not called");
        check(thrown_by<std::runtime_error>([] {
                  blocking([] { throw std::runtime_error("from inside"); });
              }) == "from inside",
              "lost what was thrown");
    });
}

// Two that wake each other for ever do not hold up a third on the same worker.
TEST_F(FiberDeathTest, ThoseWhoWakeEachOtherLeaveRoomForOthers) {
    EXPECT_RUNS("1", [] {
        const auto ping = make_channel<unit>(), pong = make_channel<unit>();
        std::atomic<bool> stop{false};
        task a = go([&] {
            for (;;) {
                ping.send({});
                if (!pong.receive()) return;
            }
        });
        task b = go([&] {
            while (!stop) {
                static_cast<void>(ping.receive());
                pong.send({});
            }
            static_cast<void>(ping.receive());
            pong.close();
        });
        task third = go([&] { stop = true; });
    });
}

TEST_F(FiberDeathTest, OneThatYieldsLetsOthersRun) {
    EXPECT_RUNS("1", [] {
        std::atomic<bool> set{false};
        task sets = go([&] { set = true; });
        while (!set) this_task::yield();
    });
}

// Of the process, in user and kernel mode.
std::chrono::microseconds processor_time() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto of = [](const timeval& t) {
        return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
    };
    return of(used.ru_utime) + of(used.ru_stime);
}

TEST_F(FiberDeathTest, WorkersWithoutWorkUseNoProcessor) {
    EXPECT_RUNS("4", [] {
        const auto gate = make_channel<unit>();
        task waits = go([&] { static_cast<void>(gate.receive()); });
        this_task::sleep_for(50ms);  // time to go to sleep
        const auto before = processor_time();
        this_task::sleep_for(1s);
        check(processor_time() - before < (sanitized ? 100ms : 20ms), "they are busy");
        gate.close();
    });
}

// --- Limits ------------------------------------------------------------------------------------

[[gnu::noinline]] int uses_up(int n) {  // NOLINT(misc-no-recursion)
    std::array<volatile char, 512> frame{};
    frame[0] = static_cast<char>(n);
    return n == 0 ? frame[0] : uses_up(n - 1) + frame[1];
}

TEST_F(FiberDeathTest, AStackThatIsUsedUpIsTold) {
    if (sanitized) GTEST_SKIP() << "the sanitizer tells it in its own way";
    EXPECT_EXIT(on_fibers("2", [] { go({.name = "deep"}, [] { uses_up(1'000'000); }).join(); }),
                dies_of(SIGSEGV),
                MatchesRegex("braid: task \"deep\" started at [^\n]*fiber_test.cpp:[0-9]+ has "
                             "overflowed its stack of 64 KiB; start it with a larger "
                             "task_options::stack_size\n"));
}

TEST_F(FiberDeathTest, AFaultOfAnotherKindIsNot) {
    if (sanitized) GTEST_SKIP() << "the sanitizer tells it in its own way";
    EXPECT_EXIT(on_fibers("2", [] { *reinterpret_cast<volatile int*>(16) = 1; }), dies_of(SIGSEGV),
                "^$");
}

TEST_F(FiberDeathTest, ALargerStackMayBeAskedFor) {
    EXPECT_RUNS("2", [] {
        go({.stack_size = 8 * 1024 * 1024}, [] { uses_up(sanitized ? 1000 : 5000); }).join();
    });
}

TEST_F(FiberDeathTest, ANumberOfWorkersThatMakesNoSenseIsRefused) {
    for (const char* const n : {"0", "-1", "two", "1025", "", "3 "})
        EXPECT_EXIT(
            on_fibers(n, [] {}), exits(2),
            "^braid: BRAID_WORKERS=" + std::string(n) + ": must be a number from 1 to 1024\n$");
}

}  // namespace braid::fiber_test
