// Contexts under many hands: what a tree must bear at any time, and the order that it gives. Run
// under ThreadSanitizer, the plain variables are what is tested.
#include <atomic>
#include <vector>

#include "patterns/context/after_func.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/contexts.hpp"

namespace braid::context_race_test {

using namespace std::chrono_literals;

using braid_test::listeners;

class ContextRaceTest : public braid_test::fixture {};

struct reason : std::runtime_error {
    using std::runtime_error::runtime_error;
};

bool is_reason(const std::exception_ptr& cause) {
    try {
        if (cause != nullptr) std::rethrow_exception(cause);
    } catch (const reason&) {
        return true;
    } catch (const std::exception&) {
        return false;
    }
    return false;
}

// --- what cancel happens before ---

TEST_F(ContextRaceTest, WhatComesBeforeCancelIsSeenByWhoReceivesFromDone) {
    auto ctx = with_cancel(background());
    int value = 0;
    task reader = go([&] {
        ctx.done().receive();
        EXPECT_EQ(value, 1);
    });
    value = 1;
    ctx.cancel();
}

TEST_F(ContextRaceTest, ByWhoLooksAtErr) {
    auto ctx = with_cancel(background());
    int value = 0;
    task reader = go([&] {
        while (!ctx.err()) this_task::yield();
        EXPECT_EQ(value, 1);
    });
    value = 1;
    ctx.cancel();
}

TEST_F(ContextRaceTest, ByWhoLooksAtACauseBelow) {
    auto parent = with_cancel(background());
    const auto ctx = with_cancel(with_value<int>(parent, 1));
    int value = 0;
    task reader = go([&] {
        while (ctx.cause() == nullptr) this_task::yield();
        EXPECT_EQ(value, 1);
    });
    value = 1;
    parent.cancel();
}

TEST_F(ContextRaceTest, ByWhoseWaitIsEnded) {
    auto ctx = with_cancel(background());
    const auto ch = make_channel<int>();
    int value = 0;
    task reader = go([&] {
        EXPECT_FALSE(ch.receive(ctx));
        EXPECT_EQ(value, 1);
    });
    value = 1;
    ctx.cancel();
}

TEST_F(ContextRaceTest, ByWhoseStopTokenIsStopped) {
    auto ctx = with_cancel(background());
    int value = 0;
    task reader = go([&, token = ctx.get().as_stop_token()] {
        while (!token.stop_requested()) this_task::yield();
        EXPECT_EQ(value, 1);
    });
    value = 1;
    ctx.cancel();
}

// --- CX-2, CX-6, CX-8, CX-10, CX-11, CX-19 ---

// TestContextErrDoneRace
TEST_F(ContextRaceTest, ErrImpliesDone) {
    for (int i = 0; i < braid_test::repeat(200); ++i) {
        auto parent = with_cancel(background());
        const auto ctx = with_cancel(parent);
        const receiver<unit>& done = ctx.done();
        const task canceler = go([&] { parent.cancel(); });
        while (!ctx.err()) this_task::yield();
        ASSERT_EQ(done.try_receive().status, receive_status::closed);
    }
}

// TestCauseRace
TEST_F(ContextRaceTest, ACauseIsSeenWholeOrNotAtAll) {
    for (int i = 0; i < braid_test::repeat(200); ++i) {
        auto ctx = with_cancel_cause(background());
        const task canceler = go([&] { ctx.cancel(reason("why")); });
        std::exception_ptr seen;
        while ((seen = ctx.cause()) == nullptr) this_task::yield();
        ASSERT_TRUE(is_reason(seen));
        ASSERT_EQ(ctx.cause(), seen);
    }
}

TEST_F(ContextRaceTest, OfManyCancelsOneDecides) {
    for (int i = 0; i < braid_test::repeat(50); ++i) {
        auto ctx = with_cancel_cause(background());
        const auto child = with_cancel(ctx);
        std::vector<std::exception_ptr> seen(4);
        {
            std::vector<task> cancelers;
            cancelers.reserve(seen.size());
            for (auto& s : seen)
                cancelers.push_back(go([&ctx, &child, &s] {
                    ctx.cancel(reason("one of four"));
                    EXPECT_TRUE(child.err()) << "also the others return when all below is done";
                    s = child.cause();
                }));
        }
        for (const auto& s : seen) ASSERT_EQ(s, ctx.cause());
    }
}

// A cancel that comes second returns when the first one has told everybody.
TEST_F(ContextRaceTest, ASecondCancelReturnsWhenAllBelowIsDone) {
    for (int i = 0; i < braid_test::repeat(50); ++i) {
        auto top = with_cancel(background());
        std::vector<scoped_context> below;
        below.reserve(200);
        for (int j = 0; j < 200; ++j) below.push_back(with_cancel(j % 5 == 0 ? top : below.back()));
        const auto all_done = [&] {
            return std::all_of(below.begin(), below.end(),
                               [](const scoped_context& c) { return bool(c.err()); });
        };
        task first = go([&] { top.cancel(); });
        while (!top.err()) this_task::yield();
        top.cancel();
        ASSERT_TRUE(all_done());
        first.join();
        while (!below.empty()) below.pop_back();
    }
}

// TestSimultaneousCancels: a tree of about a hundred, all cancelled at once.
TEST_F(ContextRaceTest, AllOfATreeAtOnce) {
    for (int i = 0; i < braid_test::repeat(10); ++i) {
        std::vector<scoped_context> tree;
        tree.reserve(101);
        tree.push_back(with_cancel(background()));
        for (std::size_t parent = 0; tree.size() + 4 <= 101; ++parent)
            for (int c = 0; c < 4; ++c) tree.push_back(with_cancel(tree[parent]));
        {
            std::vector<task> cancelers;
            cancelers.reserve(tree.size());
            for (auto& ctx : tree) cancelers.push_back(go([&ctx] { ctx.cancel(); }));
            for (const auto& ctx : tree) ctx.done().receive();
        }
        for (const auto& ctx : tree) ASSERT_EQ(listeners(ctx), 0U);
    }
}

// TestInterlockedCancels: CX-11
TEST_F(ContextRaceTest, AWokenTaskMayCancelTheChildMeanwhile) {
    for (int i = 0; i < braid_test::repeat(300); ++i) {
        auto parent = with_cancel(background());
        auto child = with_cancel(parent);
        auto grandchild = with_cancel(child);
        const task woken = go([&] {
            parent.done().receive();
            child.cancel();
            EXPECT_TRUE(grandchild.err());
        });
        const task from_below = go([&] {
            parent.done().receive();
            grandchild.cancel();
        });
        parent.cancel();
        ASSERT_TRUE(grandchild.err());
    }
}

// TestWithCancelSimultaneouslyCanceledParent: CX-10
TEST_F(ContextRaceTest, AChildThatIsMadeDuringTheCancelIsDone) {
    for (int i = 0; i < braid_test::repeat(500); ++i) {
        auto parent = with_cancel_cause(background());
        const task canceler = go([&] { parent.cancel(reason("because")); });
        if (i % 3 == 0) this_task::yield();
        const auto child = with_cancel(with_value<int>(parent, 1));
        const auto timed = with_timeout(parent, 1h);
        child.done().receive();
        timed.done().receive();
        ASSERT_EQ(child.err(), context_errc::canceled);
        ASSERT_TRUE(is_reason(child.cause()));
        ASSERT_EQ(timed.err(), context_errc::canceled);
        ASSERT_TRUE(is_reason(timed.cause()));
    }
}

// Go on deriving while the parent ends, from several tasks.
TEST_F(ContextRaceTest, ManyDeriveWhileTheParentIsCancelled) {
    for (int i = 0; i < braid_test::repeat(30); ++i) {
        auto parent = with_cancel(background());
        std::atomic<int> ran{0}, derived{0};
        int expected = 0;
        {
            std::vector<task> deriving;
            for (int t = 0; t < 4; ++t) {
                ++expected;
                deriving.push_back(go([&] {
                    const auto stop = after_func(parent, [&] { ++ran; });
                    while (!parent.err()) {
                        const auto child = with_cancel(parent);
                        const auto timed = with_timeout(child, 1h);
                        const auto quick = with_timeout(child, 20us);
                        const auto stopped = after_func(timed, [] {});
                        ++derived;
                    }
                    const auto late = with_cancel(parent);
                    EXPECT_TRUE(late.err());
                }));
            }
            while (derived < i % 5 * 10) this_task::yield();
            parent.cancel();
        }
        ASSERT_EQ(ran, expected);
        ASSERT_EQ(listeners(parent), 0U);
    }
}

// --- CX-1: everything at the same time ---

TEST_F(ContextRaceTest, AllOperationsFromAllTasks) {
    for (int i = 0; i < braid_test::repeat(30); ++i) {
        auto top = with_cancel(background());
        const auto timed = with_timeout(with_value<int>(top, 7), std::chrono::microseconds(50 * i));
        const context leaf = with_value<long>(timed, 8L);
        std::vector<task> users;
        users.reserve(4);
        for (int t = 0; t < 4; ++t)
            users.push_back(go([&timed, mine = leaf] {
                while (!mine.err()) {
                    EXPECT_EQ(*mine.value<int>(), 7);
                    EXPECT_EQ(mine.deadline(), timed.deadline());
                    EXPECT_FALSE(mine.to_string().empty());
                    static_cast<void>(mine.as_stop_token().stop_requested());
                    static_cast<void>(mine.cause());
                    const auto child = with_cancel(mine);
                    static_cast<void>(mine.done().try_receive());
                }
                EXPECT_NE(mine.cause(), nullptr);
                EXPECT_EQ(mine.done().receive().status, receive_status::closed);
            }));
        if (i % 2 == 0) top.cancel();
        for (task& t : users) t.join();
    }
}

// Each on its own way out: the owner of the parent, the owners of the children, the clock.
TEST_F(ContextRaceTest, ScopesOfATreeEndAtTheSameTime) {
    for (int i = 0; i < braid_test::repeat(300); ++i) {
        auto parent = std::make_unique<scoped_context>(with_cancel(background()));
        auto child = std::make_unique<scoped_context>(with_timeout(*parent, 30us));
        auto leaf = std::make_unique<scoped_context>(with_cancel(*child));
        {
            const task a = go([&] { parent.reset(); });
            const task b = go([&] { leaf.reset(); });
            child.reset();
        }
    }
}

}  // namespace braid::context_race_test
