// The tests of x/sync's errgroup, by behaviour, and what C++ adds: lifetimes, exceptions that
// nobody sees, captures.
//
// Left out, with the reason:
//   TestPanic, TestGoexit (v0.14 and v0.15 only)
//               a panic has no counterpart: here the exception is the failure (EG-9)
//   the examples JustErrors, Parallel and Pipeline
//               are tests/programs/examples_sync_test.cpp and md5_all_test.cpp
// Not tested, because it is not promised: which of two failures at once is the first.
#include "patterns/error_group/error_group.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/select.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::error_group_test {

using namespace std::chrono_literals;
using braid_test::child;
using braid_test::dies_of;
using braid_test::exits;
using braid_test::repeat;
using braid_test::say;
using braid_test::text_of;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

class ErrorGroupTest : public braid_test::fixture {};
class ErrorGroupDeathTest : public ::testing::Test {};

struct failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The text of the exception with which wait ends, "" if it returns.
std::string outcome(error_group& group) {
    return braid_test::thrown_by<failure>([&] { group.wait(); });
}

// A task: fails with `text`, succeeds if it is empty.
auto result(const std::string& text) {
    return [text] {
        if (!text.empty()) throw failure(text);
    };
}

const std::vector<std::vector<std::string>> tables{
    {}, {""}, {"first"}, {"first", ""}, {"first", "", "second"}, {"", "second", "first"}};

std::string first_of(const std::vector<std::string>& results, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
        if (!results[i].empty()) return results[i];
    return "";
}

// --- The first failure ---------------------------------------------------------------------------

// TestZeroGroup. Each table grows, with a wait after each task: so it is also the test of reuse.
TEST_F(ErrorGroupTest, WaitRethrowsTheFirstFailureEachTime) {  // EG-1
    for (const auto& table : tables) {
        error_group group;
        EXPECT_EQ(outcome(group), "");
        for (std::size_t i = 0; i < table.size(); ++i) {
            group.go(result(table[i]));
            EXPECT_EQ(outcome(group), first_of(table, i + 1));
            EXPECT_EQ(outcome(group), first_of(table, i + 1));
            EXPECT_EQ(text_of(group.failure()), first_of(table, i + 1));
        }
    }
}

TEST_F(ErrorGroupTest, TheFirstIsTheFirstByTimeAndNotByStart) {  // EG-1, I1
    error_group group;
    const auto go_on = make_channel<unit>();
    group.go([=] {
        go_on.receive();
        throw failure("started first");
    });
    group.go([] { throw failure("failed first"); });
    lifecycle::settle();
    go_on.close();
    EXPECT_EQ(outcome(group), "failed first");
}

TEST_F(ErrorGroupTest, AFailureIsAnyException) {
    struct details {
        int code;
    };
    error_group group;
    group.go([] { throw details{7}; });
    try {
        group.wait();
        FAIL() << "wait returned";
    } catch (const details& d) {
        EXPECT_EQ(d.code, 7);
    }
}

TEST_F(ErrorGroupTest, AFailureStopsNobodyWhoDoesNotLook) {  // EG-4, I3
    error_group group(background());
    const auto go_on = make_channel<unit>();
    int finished = 0;
    group.go(result("first"));
    group.go([&] {
        go_on.receive();
        finished = 1;
    });
    task waiter = go([&] { EXPECT_EQ(outcome(group), "first"); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(waiter)) << "it did not wait for the task that goes on";
    go_on.close();
    waiter.join();
    EXPECT_EQ(finished, 1);
}

TEST_F(ErrorGroupTest, OfManyFailuresOneIsRethrown) {  // EG-1
    for (int i = 0; i < repeat(100); ++i) {
        error_group group(background());
        for (int k = 0; k < 8; ++k) group.go(result("one of them"));
        EXPECT_EQ(outcome(group), "one of them");
    }
}

TEST_F(ErrorGroupTest, SeveralMayWait) {
    for (int i = 0; i < repeat(100); ++i) {
        error_group group(background());
        const auto go_on = make_channel<unit>();
        group.go([=] {
            go_on.receive();
            throw failure("for all");
        });
        const auto wait = [&] { EXPECT_EQ(outcome(group), "for all"); };
        task a = go(wait);
        task b = go(wait);
        if (i % 2 == 1) lifecycle::settle();
        go_on.close();
        wait();
    }
}

TEST_F(ErrorGroupTest, FailureTellsWithoutWaiting) {
    error_group group;
    EXPECT_EQ(group.failure(), nullptr);
    const auto go_on = make_channel<unit>();
    group.go([=] { go_on.receive(); });
    group.go(result("early"));
    lifecycle::settle();
    EXPECT_EQ(text_of(group.failure()), "early");
    go_on.close();
    EXPECT_EQ(outcome(group), "early");
}

// --- The context ---------------------------------------------------------------------------------

// TestWithContext and TestCancelCause.
TEST_F(ErrorGroupTest, AfterWaitTheContextIsDoneWithTheFirstFailureAsItsCause) {  // EG-2, EG-3
    for (const auto& table : tables) {
        error_group group(background());
        EXPECT_FALSE(group.ctx().err());
        for (std::size_t i = 0; i < table.size(); ++i) {
            group.go(result(table[i]));
            lifecycle::settle();  // one after the other: "first" is then certain
        }
        const std::string first = first_of(table, table.size());
        EXPECT_EQ(outcome(group), first);
        EXPECT_EQ(group.ctx().err(), context_errc::canceled);
        EXPECT_EQ(group.ctx().done().try_receive().status, receive_status::closed);
        EXPECT_EQ(text_of(group.ctx().cause()), first.empty() ? "context canceled" : first);
    }
}

TEST_F(ErrorGroupTest, TheFirstFailureCancelsTheOthersBeforeWait) {  // EG-2
    error_group group(background());
    std::string seen;
    group.go([&](const context& ctx) {
        ctx.done().receive();
        seen = text_of(ctx.cause());
    });
    group.go(result("stop"));
    EXPECT_EQ(outcome(group), "stop");
    EXPECT_EQ(seen, "stop");
}

TEST_F(ErrorGroupTest, ALaterFailureDoesNotChangeTheCause) {  // CX-8, I1
    error_group group(background());
    group.go([](const context& ctx) {
        ctx.done().receive();
        throw failure("because of the first");
    });
    group.go(result("the first"));
    EXPECT_EQ(outcome(group), "the first");
    EXPECT_EQ(text_of(group.ctx().cause()), "the first");
}

TEST_F(ErrorGroupTest, TasksRunUnderAChildOfTheParent) {
    struct request_id {
        int number;
    };
    scoped_context parent = with_cancel(background());
    const context with_id = with_value<request_id>(parent, 7);
    error_group group(with_id);
    int seen = 0;
    group.go([&](const context& ctx) {
        seen = ctx.value<request_id>()->number;
        ctx.done().receive();
    });
    parent.cancel(failure("enough"));
    group.wait();  // to be cancelled is no failure
    EXPECT_EQ(seen, 7);
    EXPECT_EQ(text_of(group.ctx().cause()), "enough");
}

TEST_F(ErrorGroupTest, AFailureDoesNotCancelTheParent) {  // CX-7
    const scoped_context parent = with_cancel(background());
    error_group group(parent);
    group.go(result("no"));
    EXPECT_EQ(outcome(group), "no");
    EXPECT_FALSE(parent.err());
}

TEST_F(ErrorGroupTest, WithoutAContextNothingIsCancelled) {  // EG-1
    error_group group;
    group.go(result("no"));
    EXPECT_EQ(outcome(group), "no");
    EXPECT_FALSE(group.ctx().err());
    EXPECT_FALSE(group.ctx().done());
    bool had_a_context = false;
    group.go([&](const context& ctx) { had_a_context = ctx == background(); });
    EXPECT_EQ(outcome(group), "no");
    EXPECT_TRUE(had_a_context);
}

TEST_F(ErrorGroupTest, WithoutAContextItCanBeUsedAgain) {
    error_group group;
    std::array<int, 4> rounds{};
    for (int round = 1; round <= 10; ++round) {
        for (int& mine : rounds) group.go([&mine] { ++mine; });
        group.wait();
        EXPECT_THAT(rounds, Each(round));
    }
}

TEST_F(ErrorGroupTest, AnInnerGroupStopsWithTheOuter) {
    error_group outer(background());
    std::string inner_cause;
    outer.go([&](const context& ctx) {
        error_group inner(ctx);
        inner.go([&](const context& ctx) {
            ctx.done().receive();
            inner_cause = text_of(ctx.cause());
        });
        inner.wait();
    });
    outer.go(result("outer"));
    EXPECT_EQ(outcome(outer), "outer");
    EXPECT_EQ(inner_cause, "outer");
}

TEST_F(ErrorGroupTest, AFailureOfAnInnerGroupGoesUpThroughItsWait) {
    error_group outer(background());
    bool sibling_stopped = false;
    outer.go([&](const context& ctx) {
        error_group inner(ctx);
        inner.go(result("inner"));
        inner.wait();
    });
    outer.go([&](const context& ctx) {
        ctx.done().receive();
        sibling_stopped = true;
    });
    EXPECT_EQ(outcome(outer), "inner");
    EXPECT_TRUE(sibling_stopped);
}

// --- The limit -----------------------------------------------------------------------------------

// TestGoLimit.
TEST_F(ErrorGroupTest, NeverMoreThanTheLimitAreActive) {  // EG-5, I4
    constexpr int limit = 10;
    error_group group;
    group.set_limit(limit);
    std::atomic<int> active{0}, most{0};
    for (int i = 0; i < limit + repeat(1025); ++i)
        group.go([&, i] {
            const int now = ++active;
            int before = most;
            while (before < now && !most.compare_exchange_weak(before, now)) {
            }
            if (now > limit) throw failure("saw " + std::to_string(now) + " at once");
            while (i < limit && most < limit) this_task::yield();  // the first fill the group
            this_task::yield();
            --active;
        });
    EXPECT_EQ(outcome(group), "");
    EXPECT_EQ(most, limit);
}

// The other half: as many as the limit do run at a time.
TEST_F(ErrorGroupTest, AsManyAsTheLimitRunAtATime) {  // EG-5
    constexpr int limit = 10;
    error_group group;
    group.set_limit(limit);
    const auto meet = make_channel<unit>(), gate = make_channel<unit>();
    for (int i = 0; i < limit; ++i)
        group.go([=] {
            meet.send({});
            gate.receive();
        });
    for (int i = 0; i < limit; ++i) meet.receive();
    gate.close();
    group.wait();
}

// TestTryGo.
TEST_F(ErrorGroupTest, TryGoStartsATaskIfThereIsASlot) {  // EG-5, EG-6
    constexpr int limit = 42;
    error_group group;
    const auto gate = make_channel<unit>();
    const auto task = [=] { gate.send({}); };
    group.set_limit(limit);
    for (int i = 0; i < limit; ++i) EXPECT_TRUE(group.try_go(task)) << i;
    EXPECT_FALSE(group.try_go(task));
    for (int i = 0; i < limit; ++i) gate.receive();
    group.wait();

    EXPECT_TRUE(group.try_go(task));
    gate.receive();
    group.wait();

    group.set_limit(1);
    EXPECT_TRUE(group.try_go(task));
    EXPECT_FALSE(group.try_go(task));
    gate.receive();
    group.wait();

    group.set_limit(0);
    for (int i = 0; i < 1024; ++i) EXPECT_FALSE(group.try_go(task));
    group.wait();

    group.set_limit(-1);
    for (int i = 0; i < limit + 1; ++i) EXPECT_TRUE(group.try_go(task));
    for (int i = 0; i < limit + 1; ++i) gate.receive();
    group.wait();
}

TEST_F(ErrorGroupTest, GoBlocksItsCallerUntilATaskEnds) {  // EG-5
    error_group group;
    group.set_limit(1);
    const auto gate = make_channel<unit>();
    group.go([=] { gate.receive(); });
    bool second_ran = false;
    task caller = go([&] { group.go([&] { second_ran = true; }); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(caller));
    EXPECT_FALSE(second_ran);
    gate.close();
    caller.join();
    group.wait();
    EXPECT_TRUE(second_ran);
}

TEST_F(ErrorGroupTest, ATaskThatFailsFreesItsSlot) {  // EG-4, EG-5
    error_group group(background());
    group.set_limit(2);
    std::atomic<int> ran{0};
    for (int i = 0; i < 100; ++i)
        group.go([&] {
            ++ran;
            throw failure("each of them");
        });
    EXPECT_EQ(outcome(group), "each of them");
    EXPECT_EQ(ran, 100);
}

// A caller that waits for a slot goes on when a failure has made one free, though nothing that it
// starts then will do much.
TEST_F(ErrorGroupTest, GoThatBlocksGoesOnWhenTheTasksStop) {  // EG-5
    error_group group(background());
    group.set_limit(2);
    std::atomic<int> started{0};
    group.go([](const context& ctx) { ctx.done().receive(); });
    const auto fail_now = make_channel<unit>();
    group.go([=] {
        fail_now.receive();
        throw failure("full");
    });
    task caller = go([&] {
        for (int i = 0; i < 10; ++i)
            group.go([&](const context& ctx) { started += ctx.err() ? 1 : 1000; });
    });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(caller));
    fail_now.send({});
    caller.join();
    EXPECT_EQ(outcome(group), "full");
    EXPECT_EQ(started, 10);
}

TEST_F(ErrorGroupTest, TheLimitCannotChangeWhileTasksAreActive) {  // EG-7
    error_group group;
    group.set_limit(3);
    const auto gate = make_channel<unit>();
    group.go([=] { gate.receive(); });
    group.go([=] { gate.receive(); });
    try {
        group.set_limit(5);
        ADD_FAILURE() << "the limit was changed";
    } catch (const std::logic_error& e) {
        EXPECT_STREQ(e.what(),
                     "error group: modify limit while 2 tasks in the group are still active");
    }
    EXPECT_TRUE(group.try_go([=] { gate.receive(); }));
    EXPECT_FALSE(group.try_go([] {})) << "the limit is still 3";
    gate.close();
    group.wait();
    group.set_limit(5);
}

TEST_F(ErrorGroupTest, NorCanAnUnlimitedGroupGetOneThen) {  // EG-8: Go's Wait hangs
    error_group group;
    const auto gate = make_channel<unit>();
    group.go([=] { gate.receive(); });
    EXPECT_THROW(group.set_limit(1), std::logic_error);
    EXPECT_THROW(group.set_limit(-1), std::logic_error);
    gate.close();
    group.wait();
}

// What a task holds by value, such as an open file, is part of it.
TEST_F(ErrorGroupTest, ASlotIsFreeOnlyWhenWhatTheTaskHeldIsGone) {  // I4
    const auto destroying = make_channel<unit>(), gate = make_channel<unit>();
    std::shared_ptr<void> file(nullptr, [=](void*) {
        destroying.send({});
        gate.receive();
    });
    error_group group;
    group.set_limit(1);
    group.go([file = std::move(file)] {});
    destroying.receive();
    EXPECT_FALSE(group.try_go([] {}));
    gate.send({});
    group.wait();
    EXPECT_TRUE(group.try_go([] {}));
    group.wait();
}

// --- Tasks ---------------------------------------------------------------------------------------

TEST_F(ErrorGroupTest, ATaskMayGoOnItsOwnGroup) {  // EG-10
    error_group group(background());
    std::atomic<int> ran{0};
    const std::function<void(int)> grow = [&](int depth) {
        ++ran;
        for (int child = 0; child < 2 && depth > 0; ++child)
            group.go([&grow, depth] { grow(depth - 1); });
    };
    group.go([&] { grow(5); });
    group.wait();
    EXPECT_EQ(ran, 63);
}

TEST_F(ErrorGroupTest, ATaskOfALimitedGroupMayTry) {  // EG-6, EG-10
    error_group group;
    group.set_limit(1);
    bool started = true;
    group.go([&] { started = group.try_go([] {}); });
    group.wait();
    EXPECT_FALSE(started);
}

TEST_F(ErrorGroupTest, TakesAFunctionThatCanOnlyBeMovedAndCallsItAsAnRvalue) {
    struct one_shot {
        std::unique_ptr<int> value;
        int* seen;
        void operator()() && { *seen = *std::move(value); }
    };
    struct one_shot_with_context {
        int* seen;
        void operator()(const context&) && { *seen = 43; }
    };
    int seen = 0, also_seen = 0;
    error_group group;
    group.go(one_shot{std::make_unique<int>(42), &seen});
    EXPECT_TRUE(group.try_go(one_shot_with_context{&also_seen}));
    group.wait();
    EXPECT_EQ(seen, 42);
    EXPECT_EQ(also_seen, 43);
}

TEST_F(ErrorGroupTest, WhatATaskCapturedIsGoneWhenWaitReturns) {
    for (int i = 0; i < repeat(200); ++i) {
        auto owned = std::make_shared<int>(i);
        const std::weak_ptr<int> watched = owned;
        error_group group;
        group.go([owned = std::move(owned)] { throw failure("with it"); });
        EXPECT_EQ(outcome(group), "with it");
        ASSERT_TRUE(watched.expired());
    }
}

TEST_F(ErrorGroupTest, NamesItsTasks) {
    error_group group;
    const auto gate = make_channel<unit>();
    const unsigned here = __LINE__ + 1;
    group.go({.name = "parser"}, [=] { gate.receive(); });
    const auto all = lifecycle::tasks();
    gate.close();
    group.wait();
    EXPECT_EQ(all.back().name, "parser");
    EXPECT_EQ(all.back().started.line, here);
}

TEST_F(ErrorGroupTest, WaitSeesAllThatTheTasksDid) {  // plain data
    for (int i = 0; i < repeat(200); ++i) {
        std::array<int, 4> data{};
        error_group group(background());
        for (int& mine : data)
            group.go([&mine] {
                mine = 1;
                throw failure("after it");
            });
        EXPECT_EQ(outcome(group), "after it");
        EXPECT_THAT(data, Each(1));
        for (int& mine : data) mine = 2;
    }
}

TEST_F(ErrorGroupTest, TheExceptionCanBeReadByAllWhoGetIt) {  // one object, many owners
    for (int i = 0; i < repeat(100); ++i) {
        error_group group(background());
        std::array<std::string, 3> causes;
        for (std::string& cause : causes)
            group.go([&](const context& ctx) {
                ctx.done().receive();
                cause = text_of(ctx.cause());
            });
        group.go(result("a text that is too long to be kept in the string itself"));
        const std::string text = outcome(group);
        EXPECT_THAT(causes, Each(text));
    }
}

// --- When a start fails --------------------------------------------------------------------------

constexpr std::size_t too_large = std::size_t{1} << 50;  // no address space has such a stack

TEST_F(ErrorGroupTest, GoThrowsWhenThereIsNoTaskToBeHadAndGivesTheSlotBack) {
    error_group group;
    group.set_limit(1);
    for (int i = 0; i < 3; ++i)
        EXPECT_THROW(group.go({.stack_size = too_large}, [] {}), std::system_error);
    EXPECT_EQ(outcome(group), "") << "that it could not start is told to the caller of go alone";
    EXPECT_TRUE(group.try_go([] {}));
    group.wait();
}

TEST_F(ErrorGroupTest, AFunctionWhoseMoveThrowsGivesTheSlotBack) {
    struct heavy {
        int* moves;
        int fails_at;
        heavy(int* m, int at) : moves(m), fails_at(at) {}
        // NOLINTNEXTLINE(performance-noexcept-move-constructor): that is what is tested
        heavy(heavy&& other) : moves(other.moves), fails_at(other.fails_at) {
            if (++*moves == fails_at) throw failure("too heavy");
        }
        void operator()() const {}
    };
    int failed = 0;
    for (int at = 1; at < 20; ++at) {
        int moves = 0;
        error_group group;
        group.set_limit(1);
        try {
            group.go(heavy(&moves, at));
        } catch (const failure&) {
            ++failed;
            EXPECT_TRUE(group.try_go([] {})) << "the slot was lost at move " << at;
        }
        group.wait();
    }
    EXPECT_GE(failed, 3);
    EXPECT_LT(failed, 19);
}

// --- Without wait --------------------------------------------------------------------------------

TEST_F(ErrorGroupTest, TheDestructorCancelsAndWaits) {
    bool finished = false;
    {
        error_group group(background());
        group.go([&](const context& ctx) {
            ctx.done().receive();
            finished = true;
        });
    }
    EXPECT_TRUE(finished);
}

TEST_F(ErrorGroupTest, SoDoesAnEarlyReturn) {
    const auto search = [](int wanted) {
        scoped_context ctx = with_cancel(background());
        const auto found = make_channel<int>();
        error_group group(ctx);
        for (int i = 0; i < 4; ++i)
            group.go([=](const context& ctx) { static_cast<void>(found.send(ctx, i)); });
        for (int v : found)
            if (v == wanted) return v;
        return -1;
    };
    for (int i = 0; i < repeat(100); ++i) EXPECT_EQ(search(i % 4), i % 4);
}

TEST_F(ErrorGroupTest, WhileAnotherExceptionIsInFlightTheFailureIsDropped) {
    try {
        error_group group(background());
        group.go([](const context& ctx) {
            ctx.done().receive();
            throw failure("in the group");
        });
        throw failure("in flight");
    } catch (const failure& e) {
        EXPECT_STREQ(e.what(), "in flight");
    }
}

TEST_F(ErrorGroupTest, AFailureThatWaitHasRethrownIsSeen) {
    error_group group;
    group.go(result("seen"));
    EXPECT_EQ(outcome(group), "seen");
}

TEST_F(ErrorGroupTest, TheWaiterMayDestroyTheGroupAtOnce) {  // wait_group's I3
    for (int i = 0; i < repeat(2000); ++i) {
        auto group = std::make_unique<error_group>(background());
        group->set_limit(2);
        group->go([] {});
        group->go(result(i % 2 == 0 ? "" : "no"));
        EXPECT_EQ(outcome(*group), i % 2 == 0 ? "" : "no");
    }
}

TEST_F(ErrorGroupDeathTest, AFailureThatNobodySeesEndsTheProcessWithItsText) {
    EXPECT_EXIT(child([] {
                    error_group group;
                    group.go([] { throw std::runtime_error("disk on fire"); });
                }),
                dies_of(SIGABRT),
                AllOf(HasSubstr("of an error group that nobody waited for (started at "),
                      HasSubstr("error_group_test.cpp:"), HasSubstr("disk on fire")));
}

TEST_F(ErrorGroupDeathTest, SoDoesOneAfterTheLastWait) {
    EXPECT_EXIT(child([] {
                    error_group group;
                    group.go([] {});
                    group.wait();
                    group.go([] { throw std::runtime_error("disk on fire"); });
                }),
                dies_of(SIGABRT), HasSubstr("disk on fire"));
}

TEST_F(ErrorGroupDeathTest, SoDoesOneThatTheDestructorsCancelBroughtAbout) {
    EXPECT_EXIT(child([] {
                    error_group group(background());
                    group.go([](const context& ctx) {
                        ctx.done().receive();
                        throw std::runtime_error("disk on fire");
                    });
                }),
                dies_of(SIGABRT), HasSubstr("disk on fire"));
}

// --- Deadlocks -----------------------------------------------------------------------------------

TEST_F(ErrorGroupDeathTest, UnderALimitOfZeroGoBlocksForEver) {  // EG-5
    EXPECT_EXIT(child([] {
                    error_group group;
                    group.set_limit(0);
                    group.go([] { say("it ran"); });
                }),
                exits(braid_test::deadlock_status),
                AllOf(HasSubstr("all tasks are asleep - deadlock!"), HasSubstr("blocked in send"),
                      HasSubstr("error_group_test.cpp"), Not(HasSubstr("error_group.cpp")),
                      Not(HasSubstr("it ran"))));
}

TEST_F(ErrorGroupDeathTest, ATaskThatGoesOnItsOwnFullGroupIsADeadlock) {  // EG-5, EG-10
    EXPECT_EXIT(child([] {
                    error_group group;
                    group.set_limit(1);
                    group.go({.name = "parent"}, [&] { group.go([] {}); });
                    group.wait();
                }),
                exits(braid_test::deadlock_status),
                AllOf(HasSubstr("\"parent\""), HasSubstr("blocked in send"),
                      HasSubstr("blocked in wait"), Not(HasSubstr("error_group.cpp"))));
}

// EG-4: who does not look at the context is not stopped by it.
TEST_F(ErrorGroupDeathTest, ATaskThatIgnoresTheContextKeepsWaitFromReturning) {
    EXPECT_EXIT(child([] {
                    error_group group(background());
                    const auto never = make_channel<unit>();
                    group.go({.name = "deaf"}, [=] { never.receive(); });
                    group.go([] { throw std::runtime_error("nobody hears this"); });
                    group.wait();
                }),
                exits(braid_test::deadlock_status), HasSubstr("\"deaf\""));
}

}  // namespace braid::error_group_test
