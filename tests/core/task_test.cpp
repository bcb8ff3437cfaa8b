// Tasks: go, join, detach, the end of a task and of the process.
//
// Rules of Go without a counterpart here: G-4 (panic(nil)), G-5 (Goexit), G-8 (a lambda says itself
// what it copies).
#include "common/task.hpp"

#include <sys/resource.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "common/channel.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::task_test {

using namespace braid_test;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class TaskTest : public fixture {};
class TaskDeathTest : public ::testing::Test {};

lifecycle::task_info info_of(std::uint64_t id) {
    for (const auto& t : lifecycle::tasks())
        if (t.id == id) return t;
    return {};
}

// --- go ----------------------------------------------------------------------------------------

// G-1.
TEST_F(TaskTest, RunsConcurrentlyWithItsStarter) {
    const auto ping = make_channel<int>(), pong = make_channel<int>();
    task t = go([=] {
        for (int v : ping) pong.send(v + 1);
    });
    for (int i = 0; i < 10; ++i) {
        ping.send(i);
        EXPECT_EQ(*pong.receive(), i + 1);
    }
    ping.close();
    t.join();
}

// G-1.
TEST_F(TaskTest, EvaluatesWhatItTakesAlongInTheStarter) {
    const std::uint64_t starter = this_task::id();
    task t = go([starter, evaluated_by = this_task::id()] {
        EXPECT_EQ(evaluated_by, starter);
        EXPECT_NE(this_task::id(), starter);
    });
    t.join();
}

// G-1.
TEST_F(TaskTest, DiscardsTheResultOfItsFunction) {
    task t = go([] { return std::string("nobody reads this"); });
    t.join();
}

TEST_F(TaskTest, TakesAFunctionThatCanOnlyBeMoved) {
    int seen = 0;
    task t = go([value = std::make_unique<int>(42), &seen]() mutable { seen = *std::move(value); });
    t.join();
    EXPECT_EQ(seen, 42);
}

TEST_F(TaskTest, CallsItsFunctionOnceAndAsAnRvalue) {
    struct one_shot {
        int* calls;
        void operator()() && { ++*calls; }
    };
    int calls = 0;
    task t = go(one_shot{&calls});
    t.join();
    EXPECT_EQ(calls, 1);
}

TEST_F(TaskTest, TakesAPlainFunction) {
    static int calls = 0;
    calls = 0;
    task t = go(+[] { ++calls; });
    t.join();
    EXPECT_EQ(calls, 1);
}

// MM-1: the int is plain, and nothing but go orders the two accesses.
TEST_F(TaskTest, SeesWhatCameBeforeGo) {
    for (int i = 0; i < repeat(200); ++i) {
        int value = 0;
        value = i;
        task t = go([&] { EXPECT_EQ(value, i); });
        t.join();
    }
}

TEST_F(TaskTest, GivesEachTaskANumberOfItsOwn) {
    std::set<std::uint64_t> ids{this_task::id()};
    const int n = repeat(500);
    for (int i = 0; i < n; ++i) {
        std::uint64_t inside = 0;
        task t = go([&] { inside = this_task::id(); });
        const std::uint64_t outside = t.id();
        t.join();
        EXPECT_EQ(inside, outside);
        ids.insert(inside);
    }
    EXPECT_EQ(ids.size(), static_cast<std::size_t>(n) + 1) << "a number was used twice";
}

// As many as Go programs have, all alive at once.
TEST_F(TaskTest, RunsTwoThousandTasksAtOnce) {
    const int n = repeat(2000);
    const auto here = make_channel<int>(), gate = make_channel<int>();
    std::vector<task> tasks;
    for (int i = 0; i < n; ++i)
        tasks.push_back(go([=] {
            here.send(i);
            static_cast<void>(gate.receive());
        }));
    long sum = 0;
    for (int i = 0; i < n; ++i) sum += *here.receive();
    EXPECT_EQ(sum, static_cast<long>(n) * (n - 1) / 2);
    EXPECT_GE(lifecycle::tasks().size(), static_cast<std::size_t>(n));
    gate.close();
}

// Go's TestGoroutineParallelism: each task can only go on when all the others are running.
TEST_F(TaskTest, RunsTasksInParallelThatNeverBlock) {
    constexpr unsigned parties = 4, rounds = 10;
    for (int i = 0; i < repeat(20); ++i) {
        std::atomic<unsigned> turn{0};
        std::vector<task> tasks;
        for (unsigned p = 0; p < parties; ++p)
            tasks.push_back(go([&turn, p] {
                for (unsigned round = 0; round < rounds; ++round) {
                    while (turn.load() != round * parties + p) this_task::yield();
                    ++turn;
                }
            }));
        tasks.clear();
        EXPECT_EQ(turn.load(), rounds * parties);
    }
}

// --- join, detach, destruction -----------------------------------------------------------------

// The int is plain: join orders it.
TEST_F(TaskTest, JoinSeesAllThatTheTaskDid) {
    for (int i = 0; i < repeat(200); ++i) {
        int value = 0;
        task t = go([&] { value = i; });
        t.join();
        EXPECT_EQ(value, i);
        EXPECT_FALSE(t.joinable());
    }
}

TEST_F(TaskTest, CapturesAreGoneWhenJoinReturns) {
    for (int i = 0; i < repeat(200); ++i) {
        auto owned = std::make_shared<int>(i);
        const std::weak_ptr<int> watched = owned;
        task t = go([owned = std::move(owned)] {});
        t.join();
        EXPECT_TRUE(watched.expired());
    }
}

TEST_F(TaskTest, JoinRethrowsWhatEscaped) {
    task error = go([] { throw std::runtime_error("no such file"); });
    try {
        error.join();
        FAIL() << "join returned";
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "no such file");
    }
    EXPECT_FALSE(error.joinable());

    struct details {
        int code;
    };
    task other = go([] { throw details{7}; });
    try {
        other.join();
        FAIL() << "join returned";
    } catch (const details& d) {
        EXPECT_EQ(d.code, 7);
    }
}

// Exceptions change hands from the task to the one who joins it, and to nobody else.
TEST_F(TaskTest, JoinRethrowsFromManyTasks) {
    std::vector<task> tasks;
    const int n = repeat(200);
    for (int i = 0; i < n; ++i)
        tasks.push_back(go([i] { throw std::runtime_error(std::to_string(i)); }));
    for (int i = 0; i < n; ++i) {
        try {
            tasks[static_cast<std::size_t>(i)].join();
            FAIL() << "join returned";
        } catch (const std::runtime_error& e) {
            EXPECT_EQ(e.what(), std::to_string(i));
        }
    }
}

// Go's recover in the same goroutine.
TEST_F(TaskTest, AnExceptionThatTheTaskCatchesConcernsNobodyElse) {
    task t = go([] {
        try {
            throw std::runtime_error("caught");
        } catch (const std::runtime_error&) {
        }
    });
    EXPECT_NO_THROW(t.join());
}

TEST_F(TaskTest, ASecondJoinThrows) {
    task t = go([] {});
    t.join();
    EXPECT_THROW(t.join(), std::logic_error);
    EXPECT_THROW(t.detach(), std::logic_error);
}

TEST_F(TaskTest, JoinAndDetachOfAnEmptyHandleThrow) {
    task t;
    EXPECT_FALSE(t.joinable());
    EXPECT_EQ(t.id(), 0U);
    EXPECT_THROW(t.join(), std::logic_error);
    EXPECT_THROW(t.detach(), std::logic_error);
}

TEST_F(TaskTest, ATaskThatJoinsItselfGetsAnErrorAndStaysJoinable) {
    const auto ready = make_channel<unit>();
    std::string error;
    task t;
    t = go([&] {
        static_cast<void>(ready.receive());
        try {
            t.join();
        } catch (const std::logic_error& e) {
            error = e.what();
        }
    });
    ready.send({});
    t.join();
    EXPECT_THAT(error, HasSubstr("its own end"));
}

TEST_F(TaskTest, CanBeJoinedByAnotherTaskThanItsStarter) {
    int value = 0, seen = 0;
    task worker = go([&] { value = 1; });
    task joiner = go([&, worker = std::move(worker)]() mutable {
        worker.join();
        seen = value;
    });
    joiner.join();
    EXPECT_EQ(seen, 1);
}

TEST_F(TaskTest, TheDestructorWaits) {
    for (int i = 0; i < repeat(100); ++i) {
        bool done = false;
        {
            task t = go([&] {
                for (int k = 0; k < 20; ++k) this_task::yield();
                done = true;
            });
        }
        ASSERT_TRUE(done);
    }
}

TEST_F(TaskTest, OneThatIsNotKeptIsJoinedAtOnce) {
    for (int i = 0; i < repeat(100); ++i) {
        bool done = false;
        static_cast<void>(go([&] {
            this_task::yield();
            done = true;
        }));
        ASSERT_TRUE(done);
    }
}

TEST_F(TaskTest, ADetachedTaskGoesOnAlone) {
    const auto gate = make_channel<unit>();
    const auto done = make_channel<std::uint64_t>();
    task t = go([=] {
        static_cast<void>(gate.receive());
        done.send(this_task::id());
    });
    const std::uint64_t id = t.id();
    t.detach();
    EXPECT_FALSE(t.joinable());
    EXPECT_EQ(t.id(), 0U);
    EXPECT_THROW(t.detach(), std::logic_error);
    gate.send({});
    EXPECT_EQ(*done.receive(), id);
}

TEST_F(TaskTest, ATaskThatHasEndedCanBeDetached) {
    const auto done = make_channel<unit>();
    task t = go([=] { done.send({}); });
    static_cast<void>(done.receive());
    EXPECT_TRUE(lifecycle::find_leaks(lifecycle::leak_filter::ignore_current()).empty());
    t.detach();
}

TEST_F(TaskTest, MovingHandsTheTaskOver) {
    static_assert(!std::is_copy_constructible_v<task> && !std::is_copy_assignable_v<task>);
    static_assert(std::is_nothrow_move_constructible_v<task>);
    int runs = 0;
    task a = go([&] { ++runs; });
    const std::uint64_t id = a.id();
    task b(std::move(a));
    EXPECT_FALSE(a.joinable());  // NOLINT(bugprone-use-after-move): that is what is tested
    EXPECT_EQ(b.id(), id);
    a = std::move(b);
    EXPECT_EQ(a.id(), id);
    a.join();
    EXPECT_EQ(runs, 1);
}

TEST_F(TaskTest, MoveAssignmentWaitsForTheTaskItDrops) {
    for (int i = 0; i < repeat(100); ++i) {
        bool first_done = false;
        int second_runs = 0;
        task t = go([&] {
            for (int k = 0; k < 20; ++k) this_task::yield();
            first_done = true;
        });
        t = go([&] { ++second_runs; });
        ASSERT_TRUE(first_done);
        EXPECT_TRUE(t.joinable());
        t.join();
        EXPECT_EQ(second_runs, 1);
    }
}

// --- options -----------------------------------------------------------------------------------

TEST_F(TaskTest, TheNameIsCopied) {
    const auto gate = make_channel<unit>();
    std::string name = "a name that is too long for the small string optimisation";
    task t = go({.name = name}, [=] { static_cast<void>(gate.receive()); });
    const std::string expected = name;
    name.assign(name.size(), '-');
    EXPECT_EQ(info_of(t.id()).name, expected);
    gate.close();
}

// Uses about `bytes` of stack. Not inlined, and not turned into a loop.
[[gnu::noinline]] int descend(std::size_t bytes) {
    constexpr std::size_t frame = 16 * 1024;
    volatile char here[frame];
    here[0] = static_cast<char>(bytes);
    here[frame - 1] = 1;
    const int below = bytes > frame ? descend(bytes - frame) : 0;
    return below + here[frame - 1];
}

TEST_F(TaskTest, GetsTheStackThatItAsksFor) {
    constexpr std::size_t MiB = 1024 * 1024;
    int frames = 0;
    // Sanitizers make frames larger.
    task t = go({.stack_size = 64 * MiB}, [&] { frames = descend(16 * MiB); });
    t.join();
    EXPECT_EQ(frames, 1024);
}

TEST_F(TaskDeathTest, TheDefaultStackIsTooSmallForThat) {
    if (thread_sanitizer || address_sanitizer) GTEST_SKIP() << "they handle the signal themselves";
    EXPECT_EXIT(child([] {
                    task t = go([] { descend(16 * 1024 * 1024); });
                    t.join();
                }),
                dies_of(SIGSEGV), "");
}

// --- no task to be had -------------------------------------------------------------------------

TEST_F(TaskTest, GoThrowsWhenTheSystemHasNoThreadAndLeavesNothingBehind) {
    auto owned = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = owned;
    const std::size_t before = lifecycle::tasks().size();
    try {
        // No address space is that large.
        task t = go({.stack_size = std::size_t{1} << 50}, [owned = std::move(owned)] {});
        FAIL() << "it started";
    } catch (const std::system_error& e) {
        EXPECT_THAT(e.what(), ContainsRegex("go: (cannot start one more thread|no memory for one "
                                            "more stack) \\(see `ulimit.*max_map_count"));
    }
    EXPECT_TRUE(watched.expired());
    EXPECT_EQ(lifecycle::tasks().size(), before);
    task next = go([] {});
    next.join();
}

void start_tasks_until_there_is_no_more_memory() {
    set_environment("BRAID_RUNTIME", "threads");
    rlimit limit{};
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = 256 * 1024 * 1024;
    setrlimit(RLIMIT_AS, &limit);
    const auto gate = make_channel<unit>();
    std::vector<task> tasks;
    tasks.reserve(1000);
    try {
        for (int i = 0; i < 1000; ++i)
            tasks.push_back(go([=] { static_cast<void>(gate.receive()); }));
        say("all of them started");
    } catch (const std::system_error& e) {
        say(e.what());
    }
    gate.close();  // those that run must end as if nothing had happened
    tasks.clear();
    say("the others have ended");
}

TEST_F(TaskDeathTest, RunningOutOfThreadsIsAnErrorThatTheProgramSurvives) {
    if (thread_sanitizer || address_sanitizer) GTEST_SKIP() << "they need the address space";
    EXPECT_EXIT(child(start_tasks_until_there_is_no_more_memory), exits(0),
                HasInOrder("go: cannot start one more thread", "the others have ended"));
}

// --- exceptions that nobody will see (G-3) -----------------------------------------------------

TEST_F(TaskDeathTest, AnExceptionOfADetachedTaskEndsTheProcess) {
    EXPECT_EXIT(
        child([] {
            go({.name = "walker"}, [] { throw std::runtime_error("disk on fire"); }).detach();
            make_channel<int>().receive();
        }),
        dies_of(SIGABRT),
        AllOf(HasSubstr("braid: task walker (started at "), HasSubstr("task_test.cpp:"),
              HasSubstr("ended with an exception that nobody will see: disk on fire")));
}

TEST_F(TaskDeathTest, SoDoesOneOfATaskThatIsNotJoined) {
    EXPECT_EXIT(child([] {
                    task t =
                        go({.name = "walker"}, [] { throw std::runtime_error("disk on fire"); });
                }),
                dies_of(SIGABRT), HasSubstr("task walker"));
}

TEST_F(TaskDeathTest, SoDoesOneOfATaskThatIsDetachedAfterItFailed) {
    EXPECT_EXIT(child([] {
                    const auto filter = lifecycle::leak_filter::ignore_current();
                    task t = go([] { throw std::runtime_error("disk on fire"); });
                    while (!lifecycle::find_leaks(filter).empty()) this_task::yield();
                    t.detach();
                }),
                dies_of(SIGABRT), HasSubstr("braid: task (started at "));
}

TEST_F(TaskDeathTest, SoDoesOneOfATaskThatAnAssignmentDrops) {
    EXPECT_EXIT(child([] {
                    task t =
                        go({.name = "walker"}, [] { throw std::runtime_error("disk on fire"); });
                    t = go([] {});
                }),
                dies_of(SIGABRT), HasSubstr("task walker"));
}

// A handler has the exception: it is not in flight any more, so it hides nothing.
TEST_F(TaskDeathTest, SoDoesOneOfATaskThatIsDestroyedInAHandler) {
    EXPECT_EXIT(child([] {
                    try {
                        throw std::runtime_error("first");
                    } catch (const std::runtime_error&) {
                        task t = go([] { throw std::runtime_error("disk on fire"); });
                    }
                }),
                dies_of(SIGABRT), HasSubstr("disk on fire"));
}

TEST_F(TaskDeathTest, WhatIsNoStdExceptionIsNamedSo) {
    EXPECT_EXIT(child([] { task t = go([] { throw 7; }); }), dies_of(SIGABRT),
                HasSubstr("nobody will see: not a std::exception"));
}

TEST_F(TaskTest, WhileAnotherExceptionIsInFlightTheLaterOneIsDropped) {
    try {
        task t = go([] { throw std::runtime_error("second"); });
        throw std::runtime_error("first");
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "first");
    }
}

// --- threads that are none of ours -------------------------------------------------------------

TEST_F(TaskTest, AnyThreadMayUseBraid) {
    const auto values = make_channel<int>(), doubled = make_channel<int>();
    std::uint64_t id = 0, again = 0;
    lifecycle::task_info self;
    std::thread guest([&] {
        id = this_task::id();
        for (int v : values) doubled.send(2 * v);
        task t = go([&] { doubled.send(-1); });
        t.join();
        again = this_task::id();
        self = info_of(id);
    });
    for (int i = 0; i < 10; ++i) {
        values.send(i);
        EXPECT_EQ(*doubled.receive(), 2 * i);
    }
    values.close();
    EXPECT_EQ(*doubled.receive(), -1);
    guest.join();
    EXPECT_EQ(id, again);
    EXPECT_EQ(self.id, id);
    EXPECT_FALSE(self.is_task);
    EXPECT_EQ(self.parent, 0U);
    EXPECT_EQ(info_of(id).id, 0U) << "the thread has ended and is still listed";
}

TEST_F(TaskTest, GuestsComeAndGo) {
    const std::size_t before = lifecycle::tasks().size();
    std::set<std::uint64_t> ids;
    const int n = repeat(200);
    for (int i = 0; i < n; ++i) {
        std::uint64_t id = 0;
        std::thread([&] { id = this_task::id(); }).join();
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), static_cast<std::size_t>(n));
    EXPECT_EQ(lifecycle::tasks().size(), before);
}

// The end of a thread comes after the end of its guest: an object of the thread's own that uses
// Braid in its destructor must not bring the guest back for ever.
TEST_F(TaskTest, AGuestMayUseBraidInTheDestructorsOfItsThreadLocals) {
    const auto ch = make_channel<int>(1);
    struct last_word {
        channel<int> to;
        ~last_word() {
            if (to) to.send(1);
        }
    };
    const std::size_t before = lifecycle::tasks().size();
    std::thread([&] {
        thread_local last_word w;  // made before Braid is used, so destroyed after
        w.to = ch;
        static_cast<void>(this_task::id());
    }).join();
    EXPECT_EQ(*ch.receive(), 1);
    EXPECT_EQ(lifecycle::tasks().size(), before) << lifecycle::wait_report();
}

// --- the process -------------------------------------------------------------------------------

// G-2.
TEST_F(TaskDeathTest, TheEndOfMainWaitsForNobody) {
    EXPECT_EXIT(child([] {
                    const auto never = make_channel<int>();
                    task t = go([=] {
                        static_cast<void>(never.receive());
                        say("it was waited for");
                    });
                    while (!lifecycle::parked(t)) this_task::yield();
                    t.detach();
                }),
                exits(0), Not(HasSubstr("it was waited for")));
}

TEST_F(TaskDeathTest, AnUnknownRuntimeIsOneClearLine) {
    const auto start_a_task = [](const char* runtime) {
        child([=] {
            set_environment("BRAID_RUNTIME", runtime);
            task t = go([] {});
            say("it ran");
        });
    };
    EXPECT_EXIT(start_a_task("bogus"), exits(2),
                "^braid: BRAID_RUNTIME=bogus: must be threads or fibers\n$");
    EXPECT_EXIT(start_a_task(""), exits(2), "^braid: BRAID_RUNTIME=: must be threads or fibers\n$");
    EXPECT_EXIT(start_a_task("threads"), exits(0), "it ran");
    EXPECT_EXIT(start_a_task("fibers"), exits(0), "it ran");
}

}  // namespace braid::task_test
