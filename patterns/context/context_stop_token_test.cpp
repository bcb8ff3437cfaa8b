// as_stop_token: the bridge to code that was written for std::stop_token.
#include <stop_token>

#include "patterns/context/after_func.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::context_stop_token_test {

using namespace std::chrono_literals;

class ContextStopTokenTest : public braid_test::fixture {};

TEST_F(ContextStopTokenTest, StopIsRequestedWhenTheContextIsDone) {
    auto ctx = with_cancel(background());
    const std::stop_token token = ctx.get().as_stop_token();
    EXPECT_TRUE(token.stop_possible());
    EXPECT_FALSE(token.stop_requested());
    ctx.cancel();
    EXPECT_TRUE(token.stop_requested());
}

TEST_F(ContextStopTokenTest, ItIsRequestedFromAboveAndByADeadline) {
    auto parent = with_cancel(background());
    const auto child = with_cancel(with_value<int>(parent, 1));
    const std::stop_token below = child.get().as_stop_token();
    parent.cancel();
    EXPECT_TRUE(below.stop_requested());

    const auto timed = with_timeout(background(), 1ms);
    const std::stop_token by_clock = timed.get().as_stop_token();
    while (!by_clock.stop_requested()) this_task::yield();
    EXPECT_EQ(timed.err(), context_errc::deadline_exceeded);
}

TEST_F(ContextStopTokenTest, CancellingAChildDoesNotStopTheParent) {
    const auto parent = with_cancel(background());
    auto child = with_cancel(parent);
    const std::stop_token above = parent.get().as_stop_token();
    const std::stop_token below = child.get().as_stop_token();
    child.cancel();
    EXPECT_TRUE(below.stop_requested());
    EXPECT_FALSE(above.stop_requested());
}

TEST_F(ContextStopTokenTest, WhatCannotBeDoneCannotBeStopped) {
    EXPECT_FALSE(background().as_stop_token().stop_possible());
    const auto ctx = with_cancel(background());
    EXPECT_FALSE(without_cancel(ctx).as_stop_token().stop_possible());
}

TEST_F(ContextStopTokenTest, OneContextHasOneToken) {
    const auto ctx = with_cancel(background());
    EXPECT_EQ(ctx.get().as_stop_token(), ctx.get().as_stop_token());
    EXPECT_EQ(ctx.get().as_stop_token(), with_value<int>(ctx, 1).as_stop_token());
    const auto other = with_cancel(background());
    EXPECT_NE(ctx.get().as_stop_token(), other.get().as_stop_token());
}

TEST_F(ContextStopTokenTest, ATokenOfADoneContextSaysSo) {
    auto ctx = with_cancel(background());
    ctx.cancel();
    const std::stop_token token = ctx.get().as_stop_token();
    EXPECT_TRUE(token.stop_requested());
    bool ran = false;
    const std::stop_callback at_once(token, [&] { ran = true; });
    EXPECT_TRUE(ran);
}

// Also while the one who cancels is still on his way to the other tokens.
TEST_F(ContextStopTokenTest, ErrImpliesAStoppedToken) {
    auto parent = with_cancel(background());
    const auto child = with_cancel(parent);
    const std::stop_token early = child.get().as_stop_token();
    bool looked = false;
    const std::stop_callback look(parent.get().as_stop_token(), [&] {
        looked = true;
        EXPECT_TRUE(child.err());
        EXPECT_TRUE(child.get().as_stop_token().stop_requested());
    });
    parent.cancel();
    EXPECT_TRUE(looked);
    EXPECT_TRUE(early.stop_requested());
}

// A callback runs with no lock held: whatever it does with contexts does not deadlock.
TEST_F(ContextStopTokenTest, ACallbackMayUseTheTree) {
    auto parent = with_cancel(background());
    auto ctx = with_cancel(parent);
    auto child = with_cancel(ctx);
    const auto ran = make_channel<unit>(2);
    bool called = false;
    {
        const std::stop_callback callback(ctx.get().as_stop_token(), [&] {
            called = true;
            EXPECT_EQ(ctx.err(), context_errc::canceled);
            EXPECT_EQ(child.err(), context_errc::canceled);
            ctx.cancel();
            child.cancel();
            EXPECT_TRUE(ctx.get().as_stop_token().stop_requested());
            const auto grandchild = with_timeout(child, 1h);
            EXPECT_TRUE(grandchild.err());
            const auto under_parent = with_cancel(parent);
            EXPECT_FALSE(under_parent.err());
            const auto at_once = after_func(ctx, [&] { ran.send(unit{}); });
            const auto later = after_func(parent, [&] { ran.send(unit{}); });
            parent.cancel();
        });
        ctx.cancel();
    }
    EXPECT_TRUE(called);
    EXPECT_EQ(parent.err(), context_errc::canceled);
    EXPECT_EQ(ran.size(), 2U);
}

// Its destructor waits for a callback that runs elsewhere, as std::stop_callback promises.
TEST_F(ContextStopTokenTest, ACallbackIsOverWhenItsObjectIsGone) {
    for (int i = 0; i < braid_test::repeat(300); ++i) {
        auto ctx = with_cancel(background());
        task canceler = go([&] { ctx.cancel(); });
        auto value = std::make_unique<int>(0);
        {
            const std::stop_callback callback(ctx.get().as_stop_token(), [&] { ++*value; });
            if (i % 2 == 0) this_task::yield();
        }
        ASSERT_LE(*value, 1);
        value.reset();
    }
}

TEST_F(ContextStopTokenTest, TokensMayBeTakenWhileTheContextEnds) {
    for (int i = 0; i < braid_test::repeat(300); ++i) {
        auto parent = with_cancel(background());
        const auto child = with_cancel(parent);
        task canceler = go([&] { parent.cancel(); });
        const std::stop_token token = child.get().as_stop_token();
        canceler.join();
        ASSERT_TRUE(token.stop_requested()) << "taken before the end or after it, it is stopped";
    }
}

// What it is for.
TEST_F(ContextStopTokenTest, AWaitThatTakesAStopTokenEnds) {
    auto ctx = with_cancel(background());
    bool stopped = false;
    task waiter = go([&, token = ctx.get().as_stop_token()] {
        while (!token.stop_requested()) this_task::yield();
        stopped = true;
    });
    ctx.cancel();
    waiter.join();
    EXPECT_TRUE(stopped);
}

}  // namespace braid::context_stop_token_test
