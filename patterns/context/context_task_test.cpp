// Working under a context: tasks that get one of their own, and channel operations that it ends.
#include <memory>
#include <thread>
#include <vector>

#include "common/select.hpp"
#include "patterns/context/after_func.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/contexts.hpp"

namespace braid::context_task_test {

using namespace std::chrono_literals;

using braid_test::listeners;
using braid_test::until_parked;

class ContextTaskTest : public braid_test::fixture {};
class ContextChannelTest : public braid_test::fixture {};

// --- go(ctx, f) ---

TEST_F(ContextTaskTest, ATaskGetsAChildOfTheContext) {
    const auto parent = with_timeout(with_value<int>(background(), 7), 1h);
    task t = go(parent, [&](const context& ctx) {
        EXPECT_NE(ctx, parent.get());
        EXPECT_EQ(*ctx.value<int>(), 7);
        EXPECT_EQ(ctx.deadline(), parent.deadline());
        EXPECT_FALSE(ctx.err());
        EXPECT_EQ(listeners(parent), 1U);
    });
    t.join();
    EXPECT_EQ(listeners(parent), 0U) << "the task's end is the end of its context";
    EXPECT_FALSE(parent.err());
}

TEST_F(ContextTaskTest, TheEndOfTheHandlesScopeCancelsThenJoins) {
    const auto parent = with_cancel(background());
    std::error_code seen;
    {
        const task t = go(parent, [&](const context& ctx) {
            ctx.done().receive();
            seen = ctx.err();
        });
    }
    EXPECT_EQ(seen, context_errc::canceled);
    EXPECT_FALSE(parent.err()) << "the task's own context is cancelled, not that of others";
}

TEST_F(ContextTaskTest, UnderTheRootItIsCancelledAllTheSame) {
    bool ended = false;
    {
        const task t = go(background(), [&](context ctx) {
            ctx.done().receive();
            ended = true;
        });
    }
    EXPECT_TRUE(ended);
}

TEST_F(ContextTaskTest, JoinDoesNotCancel) {
    const auto go_on = make_channel<unit>();
    std::error_code at_end;
    task t = go({.name = "worker"}, background(), [&](const context& ctx) {
        go_on.receive();
        at_end = ctx.err();
    });
    task joiner = go([&] { t.join(); });
    until_parked(joiner);
    go_on.send(unit{});
    joiner.join();
    EXPECT_FALSE(at_end);
}

TEST_F(ContextTaskTest, TheParentsEndReachesTheTask) {
    auto parent = with_cancel(background());
    std::error_code seen;
    task t = go(parent, [&](const context& ctx) {
        ctx.done().receive();
        seen = ctx.err();
    });
    parent.cancel();
    t.join();
    EXPECT_EQ(seen, context_errc::canceled);
}

// Without the cancel, every exception between go and join would hang.
TEST_F(ContextTaskTest, AnExceptionBetweenGoAndJoinEndsTheTask) {
    bool ended = false;
    const auto ch = make_channel<int>();
    const auto work = [&] {
        const auto ctx = with_cancel(background());
        const task t = go(ctx, [&](const context& mine) {
            EXPECT_EQ(ch.receive(mine).status, receive_status::canceled);
            ended = true;
        });
        throw std::runtime_error("early");
    };
    EXPECT_THROW(work(), std::runtime_error);
    EXPECT_TRUE(ended);
}

TEST_F(ContextTaskTest, AFailureIsRethrownByJoin) {
    const auto parent = with_cancel(background());
    task t = go(parent, [](const context&) { throw std::runtime_error("failed"); });
    EXPECT_THROW(t.join(), std::runtime_error);
    EXPECT_EQ(listeners(parent), 0U);
}

TEST_F(ContextTaskTest, MovedHandlesCancelOnceAndAssignedOnesAtOnce) {
    std::vector<int> ended;
    const auto until_done = [&](int n) {
        return [&ended, n](const context& ctx) {
            ctx.done().receive();
            ended.push_back(n);
        };
    };
    {
        task first = go(background(), until_done(1));
        task second = std::move(first);
        EXPECT_TRUE(ended.empty());
        second = go(background(), until_done(2));
        EXPECT_EQ(ended, std::vector{1});
    }
    EXPECT_EQ(ended, (std::vector{1, 2}));
}

TEST_F(ContextTaskTest, ADetachedTaskIsLeftToTheParent) {
    auto parent = with_cancel(background());
    const auto ended = make_channel<unit>();
    go(parent, [=](const context& ctx) {
        ctx.done().receive();
        ended.send(unit{});
    }).detach();
    EXPECT_EQ(ended.try_receive().status, receive_status::would_block);
    parent.cancel();
    ended.receive();
}

TEST_F(ContextTaskTest, ItMayKeepItsContextAndCaptureWhatCannotBeCopied) {
    context kept;
    task t = go(background(), [&kept, p = std::make_unique<int>(1)](context ctx) {
        kept = ctx;
        ++*p;
    });
    t.join();
    EXPECT_EQ(kept.err(), context_errc::canceled) << "it ended with its task";
}

TEST_F(ContextTaskTest, ThreadsThatAreNoTasksMayDoAllOfIt) {
    auto parent = with_cancel(background());
    const auto ch = make_channel<int>();
    receive_status status{};
    int ran = 0;
    {
        const auto stop = after_func(parent, [&] { ++ran; });
        std::thread waits([&] {
            const auto ctx = with_timeout(parent, 1h);
            status = ch.receive(ctx).status;
        });
        std::thread cancels([&] { parent.cancel(); });
        waits.join();
        cancels.join();
    }
    EXPECT_EQ(status, receive_status::canceled);
    EXPECT_EQ(ran, 1);
}

// --- receive(ctx), send(ctx, v) ---

TEST_F(ContextChannelTest, ACancelEndsAWaitingReceive) {
    auto ctx = with_cancel(background());
    const auto ch = make_channel<int>();
    receive_status status{};
    task t = go([&] { status = ch.receive(ctx).status; });
    until_parked(t);
    ctx.cancel();
    t.join();
    EXPECT_EQ(status, receive_status::canceled);
}

TEST_F(ContextChannelTest, ACancelEndsAWaitingSendAndTheValueStays) {
    auto parent = with_cancel(background());
    const auto ctx = with_cancel(parent);
    const auto ch = make_channel<std::unique_ptr<int>>();
    auto mine = std::make_unique<int>(1);
    bool sent = true;
    task t = go([&] { sent = ch.send(ctx, std::move(mine)); });
    until_parked(t);
    parent.cancel();
    t.join();
    EXPECT_FALSE(sent);
    EXPECT_NE(mine, nullptr);
    EXPECT_EQ(ch.try_receive().status, receive_status::would_block);
}

TEST_F(ContextChannelTest, ADeadlineEndsBoth) {
    const auto ch = make_channel<int>();
    const auto ctx = with_timeout(background(), 1ms);
    EXPECT_EQ(ch.receive(ctx).status, receive_status::canceled);
    EXPECT_EQ(ctx.err(), context_errc::deadline_exceeded);
    const auto next = with_timeout(background(), 1ms);
    EXPECT_FALSE(ch.send(next, 1));
    EXPECT_EQ(next.err(), context_errc::deadline_exceeded);
}

TEST_F(ContextChannelTest, ADoneContextWinsOverAReadyChannel) {
    auto ctx = with_cancel(background());
    ctx.cancel();
    const auto ch = make_channel<int>(2);
    ch.send(1);
    EXPECT_EQ(ch.receive(ctx).status, receive_status::canceled);
    EXPECT_FALSE(ch.send(ctx, 2));
    EXPECT_EQ(ch.size(), 1U);
}

TEST_F(ContextChannelTest, WhatIsNeverDoneEndsNothing) {
    const auto ch = make_channel<int>(1);
    EXPECT_TRUE(ch.send(background(), 1));
    EXPECT_EQ(*ch.receive(todo()), 1);
    auto parent = with_cancel(background());
    const context shielded = without_cancel(parent);
    parent.cancel();
    EXPECT_TRUE(ch.send(shielded, 2));
    EXPECT_EQ(*ch.receive(shielded), 2);
}

TEST_F(ContextChannelTest, TheNilChannelWaitsForTheContextAlone) {
    auto ctx = with_timeout(background(), 1ms);
    EXPECT_EQ(channel<int>().receive(ctx).status, receive_status::canceled);
    EXPECT_FALSE(channel<int>().send(ctx, 1));
}

TEST_F(ContextChannelTest, ALoopUntilTheContextIsDone) {
    auto ctx = with_cancel(background());
    const auto ch = make_channel<int>();
    std::vector<int> got;
    task reader = go([&] {
        for (const int v : ch.until(ctx)) got.push_back(v);
    });
    for (int i = 0; i < 5; ++i) ch.send(i);
    ctx.cancel();
    reader.join();
    EXPECT_EQ(got, (std::vector{0, 1, 2, 3, 4}));
}

TEST_F(ContextChannelTest, ASelectTakesDoneAsACase) {
    auto ctx = with_cancel(background());
    const auto ch = make_channel<int>();
    std::size_t chosen = 9;
    task t = go([&] { chosen = select(receive(ch), receive(ctx.done())); });
    until_parked(t);
    ctx.cancel();
    t.join();
    EXPECT_EQ(chosen, 1U);
    EXPECT_EQ(select(receive(background().done()), otherwise()), 1U) << "nil is never chosen";
}

// A task is registered with one context at a time; each of them still ends its waits.
TEST_F(ContextChannelTest, WaitsUnderContextsInTurn) {
    auto first = with_cancel(background());
    auto second = with_cancel(background());
    const auto ch = make_channel<int>();
    std::vector<receive_status> seen;
    task t = go([&] {
        for (int round = 0; round < 3; ++round) {
            seen.push_back(ch.receive(first).status);
            seen.push_back(ch.receive(second).status);
        }
        seen.push_back(ch.receive(second).status);
        seen.push_back(ch.receive(first).status);
    });
    for (int i = 0; i < 6; ++i) ch.send(i);
    until_parked(t);
    first.cancel();  // not the one that it waits under
    ch.send(6);
    t.join();
    const std::vector<receive_status> wanted(7, receive_status::value);
    EXPECT_EQ(std::vector(seen.begin(), seen.end() - 1), wanted);
    EXPECT_EQ(seen.back(), receive_status::canceled);
}

// Each value arrives or stays, whichever way the race ends.
TEST_F(ContextChannelTest, NoValueIsLostWhenACancelMeetsIt) {
    for (int i = 0; i < braid_test::repeat(300); ++i) {
        auto ctx = with_cancel(background());
        const auto ch = make_channel<std::unique_ptr<int>>();
        auto mine = std::make_unique<int>(i);
        bool sent = false;
        received<std::unique_ptr<int>> got;
        {
            const task sender = go([&] { sent = ch.send(ctx, std::move(mine)); });
            const task reader = go([&] { got = ch.receive(ctx); });
            if (i % 3 != 0) this_task::yield();
            ctx.cancel();
        }
        ASSERT_EQ(sent, got.status == receive_status::value);
        ASSERT_EQ(mine == nullptr, sent);
        if (sent) {
            ASSERT_EQ(**got, i);
        }
    }
}

// I4: all who work under a context stop.
TEST_F(ContextChannelTest, AllWhoWaitUnderItStop) {
    const auto ch = make_channel<int>();
    constexpr int n = 50;
    int stopped = 0;
    {
        auto top = with_cancel(background());
        std::vector<task> tasks;
        tasks.reserve(n);
        std::vector<int> ends(n, 0);
        for (int i = 0; i < n; ++i)
            tasks.push_back(go(top, [&ends, ch, i](const context& ctx) {
                if (i % 2 == 0)
                    ends[static_cast<std::size_t>(i)] = ch.receive(ctx) ? 0 : 1;
                else
                    ends[static_cast<std::size_t>(i)] =
                        select(receive(channel<int>()), receive(ctx.done())) == 1 ? 1 : 0;
            }));
        for (const task& t : tasks) until_parked(t);
        top.cancel();
        for (task& t : tasks) t.join();
        for (const int e : ends) stopped += e;
    }
    EXPECT_EQ(stopped, n);
}

}  // namespace braid::context_task_test
