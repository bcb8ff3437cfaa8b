// after_func: functions that run when a context is done.
#include <atomic>

#include "patterns/context/after_func.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/contexts.hpp"

namespace braid::context_after_func_test {

using namespace std::chrono_literals;

using braid_test::listeners;
using braid_test::until_parked;

class AfterFuncTest : public braid_test::fixture {};
class AfterFuncDeathTest : public braid_test::fixture {};

static_assert(std::is_nothrow_move_constructible_v<after_func_stop>);
static_assert(!std::is_copy_constructible_v<after_func_stop>);

// --- CX-24 ---

// TestAfterFuncCalledAfterCancel
TEST_F(AfterFuncTest, ItRunsOnceWhenTheContextIsCancelled) {
    auto ctx = with_cancel(background());
    std::atomic<int> runs{0};
    {
        auto stop = after_func(ctx, [&] { ++runs; });
        EXPECT_EQ(runs, 0);
        ctx.cancel();
        ctx.cancel();
        EXPECT_FALSE(stop()) << "it was started by cancel";
    }
    EXPECT_EQ(runs, 1);
}

// TestAfterFuncCalledAfterTimeout
TEST_F(AfterFuncTest, ItRunsAtTheDeadline) {
    const auto ctx = with_timeout(background(), 1ms);
    const auto ran = make_channel<std::error_code>();
    const auto stop = after_func(ctx, [&] { ran.send(ctx.err()); });
    EXPECT_EQ(*ran.receive(), context_errc::deadline_exceeded);
}

TEST_F(AfterFuncTest, ItRunsWhenTheEndComesFromAbove) {
    auto parent = with_cancel(background());
    const auto ctx = with_cancel(with_value<int>(parent, 1));
    const auto ran = make_channel<unit>();
    const auto stop = after_func(ctx, [&] { ran.send(unit{}); });
    parent.cancel();
    ran.receive();
}

// TestAfterFuncCalledImmediately
TEST_F(AfterFuncTest, ItRunsAtOnceIfTheContextIsDone) {
    auto ctx = with_cancel(background());
    ctx.cancel();
    const auto ran = make_channel<unit>();
    auto stop = after_func(ctx, [&] { ran.send(unit{}); });
    EXPECT_FALSE(stop());
    ran.receive();
}

TEST_F(AfterFuncTest, ItIsATaskOfItsOwn) {
    auto ctx = with_cancel(background());
    const auto who = make_channel<std::uint64_t>();
    const auto first = after_func(ctx, [&] { who.send(this_task::id()); });
    const auto second = after_func(ctx, [&] { who.send(this_task::id()); });
    ctx.cancel();
    const auto a = *who.receive();
    const auto b = *who.receive();
    EXPECT_NE(a, this_task::id());
    EXPECT_NE(b, this_task::id());
    EXPECT_NE(a, b);
}

TEST_F(AfterFuncTest, RegistrationsAreIndependent) {
    auto ctx = with_cancel(background());
    std::atomic<int> runs{0};
    {
        auto first = after_func(ctx, [&] { runs += 1; });
        auto second = after_func(ctx, [&] { runs += 10; });
        auto third = after_func(ctx, [&] { runs += 100; });
        EXPECT_EQ(listeners(ctx), 3U);
        EXPECT_TRUE(second());
        EXPECT_EQ(listeners(ctx), 2U);
        ctx.cancel();
        EXPECT_FALSE(first());
        EXPECT_FALSE(second());
        EXPECT_FALSE(third());
    }
    EXPECT_EQ(runs, 101);
}

// TestAfterFuncCalledAsynchronously
TEST_F(AfterFuncTest, CancelDoesNotWaitForIt) {
    auto ctx = with_cancel(background());
    const auto ready = make_channel<unit>();
    const auto stop = after_func(ctx, [&] { ready.send(unit{}); });
    ctx.cancel();  // returns although nobody receives yet
    ready.receive();
}

TEST_F(AfterFuncTest, ItNeverRunsUnderAContextThatIsNeverDone) {
    bool ran = false;
    {
        auto stop = after_func(background(), [&] { ran = true; });
        EXPECT_TRUE(stop());
        EXPECT_FALSE(stop());
        const auto shielded = after_func(without_cancel(background()), [&] { ran = true; });
    }
    EXPECT_FALSE(ran);
}

// --- CX-25 ---

// TestAfterFuncNotCalledAfterStop
TEST_F(AfterFuncTest, StopPreventsIt) {
    auto ctx = with_cancel(background());
    bool ran = false;
    {
        auto stop = after_func(ctx, [&] { ran = true; });
        EXPECT_TRUE(stop());
        ctx.cancel();
        EXPECT_FALSE(stop());
    }
    EXPECT_FALSE(ran);
}

TEST_F(AfterFuncTest, StopDoesNotWaitForIt) {
    auto ctx = with_cancel(background());
    const auto go_on = make_channel<unit>();
    auto stop = after_func(ctx, [&] { go_on.receive(); });
    ctx.cancel();
    EXPECT_FALSE(stop());  // returns although the function cannot end yet
    go_on.send(unit{});
}

TEST_F(AfterFuncTest, OfManyStopsOneIsTold) {
    for (int i = 0; i < braid_test::repeat(100); ++i) {
        const auto ctx = with_cancel(background());
        auto stop = after_func(ctx, [] { ADD_FAILURE() << "it was stopped"; });
        std::atomic<int> told{0};
        {
            const auto call = [&] { told += stop() ? 1 : 0; };
            const task a = go(call);
            const task b = go(call);
            call();
        }
        ASSERT_EQ(told, 1);
    }
}

TEST_F(AfterFuncTest, EitherStopIsToldOrItRuns) {
    for (int i = 0; i < braid_test::repeat(300); ++i) {
        auto ctx = with_cancel(background());
        int ran = 0;
        bool stopped = false;
        {
            auto stop = after_func(ctx, [&] { ++ran; });
            const task canceler = go([&] { ctx.cancel(); });
            if (i % 2 == 0) this_task::yield();
            stopped = stop();
        }
        ASSERT_EQ(ran, stopped ? 0 : 1);
    }
}

// --- the handle ---

TEST_F(AfterFuncTest, TheEndOfTheHandlesScopeStops) {
    auto ctx = with_cancel(background());
    bool ran = false;
    {
        const auto stop = after_func(ctx, [&] { ran = true; });
        EXPECT_EQ(listeners(ctx), 1U);
    }
    EXPECT_EQ(listeners(ctx), 0U);
    ctx.cancel();
    EXPECT_FALSE(ran);
}

TEST_F(AfterFuncTest, TheEndOfTheHandlesScopeWaitsForWhatWasStarted) {
    auto ctx = with_cancel(background());
    const auto go_on = make_channel<unit>();
    bool ended = false;
    const auto both = make_channel<bool>(1);
    task owner = go([&] {
        {
            const auto stop = after_func(ctx, [&] {
                go_on.receive();
                ended = true;
            });
            ctx.cancel();
        }
        both.send(ended);
    });
    until_parked(owner);
    EXPECT_EQ(both.size(), 0U);
    go_on.send(unit{});
    EXPECT_TRUE(*both.receive()) << "the handle was gone before the function had ended";
}

TEST_F(AfterFuncTest, AStoppedHandleHasNothingToWaitFor) {
    auto ctx = with_cancel(background());
    auto stop = after_func(ctx, [] {});
    EXPECT_TRUE(stop());
    const auto moved = std::move(stop);
}

TEST_F(AfterFuncTest, AMovedHandleOwnsTheRegistration) {
    auto ctx = with_cancel(background());
    int ran = 0;
    {
        auto first = after_func(ctx, [&] { ++ran; });
        {
            const auto second = std::move(first);
            ctx.cancel();
        }
        EXPECT_EQ(ran, 1);
    }
    EXPECT_EQ(ran, 1);
}

// The handle keeps what it needs of the context.
TEST_F(AfterFuncTest, TheHandleMayOutliveTheContext) {
    int ran = 0;
    {
        auto owner = std::make_unique<scoped_context>(with_cancel(background()));
        auto stop = after_func(*owner, [&] { ++ran; });
        owner.reset();
        EXPECT_FALSE(stop());
    }
    EXPECT_EQ(ran, 1);
}

TEST_F(AfterFuncTest, WhatTheFunctionCapturedGoesWithTheHandle) {
    const auto ctx = with_cancel(background());
    const auto captured = std::make_shared<int>(1);
    {
        const auto stop = after_func(ctx, [captured] {});
        EXPECT_EQ(captured.use_count(), 2);
    }
    EXPECT_EQ(captured.use_count(), 1);
}

// --- from within ---

TEST_F(AfterFuncTest, ItMayCancelAnyContext) {
    auto top = with_cancel(background());
    auto ctx = with_cancel(top);
    auto child = with_cancel(ctx);
    auto other = with_cancel(background());
    {
        const auto stop = after_func(ctx, [&] {
            EXPECT_TRUE(ctx.err());
            ctx.cancel();
            child.cancel();
            other.cancel();
            top.cancel();
        });
        ctx.cancel();
    }
    EXPECT_TRUE(top.err());
    EXPECT_TRUE(other.err());
}

TEST_F(AfterFuncTest, ItMayDeriveAndRegister) {
    auto top = with_cancel(background());
    auto ctx = with_cancel(top);
    int ran = 0;
    {
        const auto stop = after_func(ctx, [&] {
            const auto child = with_timeout(ctx, 1h);
            EXPECT_TRUE(child.err());
            const auto sibling = with_cancel(top);
            EXPECT_FALSE(sibling.err());
            const auto inner = after_func(child, [&] { ++ran; });
        });
        ctx.cancel();
    }
    EXPECT_EQ(ran, 1);
}

TEST_F(AfterFuncTest, OneMayEndTheContextOfTheNext) {
    constexpr int n = 50;
    std::vector<scoped_context> contexts;
    for (int i = 0; i <= n; ++i) contexts.push_back(with_cancel(background()));
    std::vector<after_func_stop> handles;
    for (std::size_t i = 0; i < n; ++i)
        handles.push_back(after_func(contexts[i], [&contexts, i] { contexts[i + 1].cancel(); }));
    contexts[0].cancel();
    contexts[n].done().receive();
}

// --- MM-12: NoRaceAfterFunc1 to 3, with a context in the timer's place ---

TEST_F(AfterFuncTest, WhatComesBeforeCancelIsSeen) {
    auto ctx = with_cancel(background());
    int value = 0;
    int seen = 0;
    {
        const auto stop = after_func(ctx, [&] { seen = value; });
        value = 1;
        ctx.cancel();
    }
    EXPECT_EQ(seen, 1);
}

TEST_F(AfterFuncTest, WhatComesBeforeTheRegistrationIsSeen) {
    const auto ctx = with_timeout(background(), 1ms);
    int value = 1;
    const auto seen = make_channel<int>();
    const auto stop = after_func(ctx, [&] { seen.send(value); });
    EXPECT_EQ(*seen.receive(), 1);
}

// --- misuse ---

TEST_F(AfterFuncDeathTest, AnExceptionThatLeavesItEndsTheProcess) {
    EXPECT_DEATH(
        {
            auto ctx = with_cancel(background());
            const auto stop = after_func(ctx, [] { throw std::runtime_error("from after_func"); });
            ctx.cancel();
        },
        "context_after_func_test.cpp:[0-9]+\\) ended with an exception that nobody will see: from "
        "after_func");
}

TEST_F(AfterFuncDeathTest, ItCannotDestroyItsOwnRegistration) {
    EXPECT_DEATH(
        {
            auto ctx = with_cancel(background());
            std::unique_ptr<after_func_stop> stop;
            const auto registered = make_channel<unit>();
            stop = std::make_unique<after_func_stop>(
                ctx,
                [&] {
                    registered.receive();
                    stop.reset();
                },
                place::here());
            ctx.cancel();
            registered.send(unit{});
            make_channel<unit>().receive();
        },
        "a task cannot wait for its own end");
}

}  // namespace braid::context_after_func_test
