// The tree of contexts: who is done when, names, values, scopes. Go's own tests are named where
// they are ported.
//
// Left out: what Go's tests do with contexts of their own (TestCustomContextGoroutines' watchers,
// TestCustomContextPropagation, TestCustomContextCause, the six TestCustomContextAfterFunc*, the
// last three rows of TestCause, the wrappers "otherContext"; CX-18, and half of CX-6, CX-26,
// CX-27). `context` is one concrete type here, so there are no custom contexts.
// TestWithValueChecksKey and TestInvalidDerivedFail are about keys that cannot be compared, and
// nil: here a key is a type, and no handle is nil (see AMovedFromHandleIsStillAContext).
#include <array>
#include <random>
#include <string>
#include <vector>

#include "patterns/context/after_func.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/contexts.hpp"

namespace braid::context_test {

using namespace std::chrono_literals;

using braid_test::is_closed;
using braid_test::listeners;

class ContextTest : public braid_test::fixture {};
class ContextValueTest : public braid_test::fixture {};
class ScopedContextTest : public braid_test::fixture {};

static_assert(cancellation<context> && cancellation<scoped_context>);
static_assert(std::is_nothrow_copy_constructible_v<context>);
static_assert(std::is_nothrow_default_constructible_v<context>);

// An owner converts while it lives, and never from a temporary: that context would be dead at once.
template <class T>
concept derivable = requires(T&& parent) {
    with_cancel(std::forward<T>(parent));
};
template <class T>
concept gettable = requires(T&& owner) {
    std::forward<T>(owner).get();
};
static_assert(derivable<context> && derivable<scoped_context&> && derivable<const scoped_context&>);
static_assert(!derivable<scoped_context> && !derivable<const scoped_context>);
static_assert(gettable<scoped_context&> && gettable<const scoped_context&>);
static_assert(!gettable<scoped_context> && !gettable<const scoped_context>);
static_assert(!std::is_convertible_v<scoped_context, context>);
static_assert(!std::is_convertible_v<scoped_context, const context&>);
static_assert(!std::is_constructible_v<context, scoped_context>);
static_assert(!std::is_convertible_v<context, scoped_context>);

// One object comes back, and it is the only owner.
static_assert(std::is_same_v<decltype(with_cancel(context{})), scoped_context>);
static_assert(std::is_same_v<decltype(with_timeout(context{}, 1s)), scoped_context>);
static_assert(!std::is_copy_constructible_v<scoped_context>);
static_assert(std::is_nothrow_move_constructible_v<scoped_context>);
static_assert(std::is_nothrow_move_assignable_v<scoped_context>);

void expect_open(const context& ctx) {
    EXPECT_FALSE(is_closed(ctx.done())) << ctx.to_string();
    EXPECT_FALSE(ctx.err()) << ctx.to_string();
    EXPECT_EQ(ctx.cause(), nullptr) << ctx.to_string();
}

void expect_canceled(const context& ctx) {
    EXPECT_TRUE(is_closed(ctx.done())) << ctx.to_string();
    EXPECT_EQ(ctx.err(), context_errc::canceled) << ctx.to_string();
}

// --- CX-4 ---

// TestBackground, TestTODO
TEST_F(ContextTest, TheRootsAreNeverDoneAndKnowNothing) {
    for (const context& ctx : {background(), todo(), context{}}) {
        expect_open(ctx);
        EXPECT_FALSE(ctx.done()) << "the nil channel: nothing to wait for";
        EXPECT_EQ(ctx.deadline(), std::nullopt);
        EXPECT_EQ(ctx.value<int>(), nullptr);
    }
    EXPECT_EQ(background().to_string(), "background");
    EXPECT_EQ(todo().to_string(), "todo");
}

TEST_F(ContextTest, HandlesAreEqualWhenTheyAreTheSameContext) {
    const auto one = with_cancel(background());
    const auto two = with_cancel(background());
    context copy;
    EXPECT_NE(copy, one.get());
    copy = one;
    EXPECT_EQ(copy, one.get());
    EXPECT_NE(one.get(), two.get());
    EXPECT_EQ(context{}, background());
    EXPECT_NE(todo(), background());
}

// CX-21: nothing here can be given a nil context, not even one that was moved from.
TEST_F(ContextTest, AMovedFromHandleIsStillAContext) {
    const auto owner = with_cancel(background());
    context first = owner;
    const context second = std::move(first);  // NOLINT(performance-move-const-arg)
    EXPECT_EQ(first, second);  // NOLINT(bugprone-use-after-move): that is the question
    expect_open(first);        // NOLINT(bugprone-use-after-move)
    const auto child = with_cancel(first);
    expect_open(child);
}

// --- CX-5 to CX-9 ---

// TestWithCancel: CX-5, CX-6
TEST_F(ContextTest, CancelHasEndedAllBelowWhenItReturns) {
    auto top = with_cancel(background());
    const context valued = with_value<int>(top, 1);
    const auto child = with_cancel(valued);
    const auto timed = with_timeout(child, 1h);
    const auto lowest = with_cancel(with_value<long>(timed, 2L));
    const std::vector<context> all{top, valued, child, timed, lowest};
    for (const context& ctx : all) {
        EXPECT_TRUE(ctx.done());
        expect_open(ctx);
    }

    top.cancel();
    for (const context& ctx : all) expect_canceled(ctx);
}

// TestChildFinishesFirst: CX-7, CX-9
TEST_F(ContextTest, CancellingAChildLeavesItsParentAlone) {
    {
        auto child = with_cancel(background());
        child.cancel();
        expect_canceled(child);
        expect_open(background());
    }
    const auto parent = with_cancel(background());
    const auto sibling = with_cancel(parent);
    auto child = with_cancel(parent);
    const auto grandchild = with_cancel(child);
    EXPECT_EQ(listeners(parent), 2U);

    child.cancel();
    EXPECT_EQ(listeners(parent), 1U);
    expect_canceled(child);
    expect_canceled(grandchild);
    expect_open(parent);
    expect_open(sibling);
}

// TestParentFinishesChild
TEST_F(ContextTest, CancelEmptiesTheListOfChildren) {
    auto parent = with_cancel(background());
    const auto child = with_cancel(parent);
    const context valued = with_value<int>(parent, 1);
    const auto timed = with_timeout(valued, 1000h);
    const auto stop = after_func(parent, [] {});
    EXPECT_EQ(listeners(parent), 3U) << "a value is no listener, what is below it is";

    parent.cancel();
    EXPECT_EQ(listeners(parent), 0U);
    expect_canceled(parent);
    expect_canceled(child);
    expect_canceled(valued);
    expect_canceled(timed);

    expect_canceled(with_value<int>(parent, 2));
}

// TestCancelRemoves: CX-9
TEST_F(ContextTest, WhatIsCancelledIsRemovedFromItsParent) {
    const auto parent = with_cancel(background());
    EXPECT_EQ(listeners(parent), 0U);
    {
        auto child = with_cancel(parent);
        EXPECT_EQ(listeners(parent), 1U);
        child.cancel();
        EXPECT_EQ(listeners(parent), 0U);
    }
    {
        auto timed = with_timeout(parent, 1h);
        EXPECT_EQ(listeners(parent), 1U);
        timed.cancel();
        EXPECT_EQ(listeners(parent), 0U);
    }
    {
        auto stop = after_func(parent, [] {});
        EXPECT_EQ(listeners(parent), 1U);
        EXPECT_TRUE(stop());
        EXPECT_EQ(listeners(parent), 0U);
    }
    {
        const auto child = with_cancel(with_value<int>(parent, 1));
        const auto stop = after_func(parent, [] {});
        EXPECT_EQ(listeners(parent), 2U);
    }
    EXPECT_EQ(listeners(parent), 0U) << "the end of a scope cancels, and stops";
}

// The middle of the list, its front and its back.
TEST_F(ContextTest, ChildrenCanLeaveInAnyOrder) {
    auto parent = with_cancel(background());
    std::vector<scoped_context> children;
    children.reserve(100);
    for (int i = 0; i < 100; ++i) children.push_back(with_cancel(parent));
    std::shuffle(children.begin(), children.end(), std::mt19937(7));
    for (std::size_t left = children.size(); left > 0; --left) {
        EXPECT_EQ(listeners(parent), left);
        children.pop_back();
    }
    EXPECT_EQ(listeners(parent), 0U);
}

// CX-8
TEST_F(ContextTest, OnlyTheFirstCancelCounts) {
    auto ctx = with_cancel(background());
    ctx.cancel(std::runtime_error("first"));
    ctx.cancel(std::runtime_error("second"));
    ctx.cancel();
    expect_canceled(ctx);
    try {
        std::rethrow_exception(ctx.cause());
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "first");
    }
}

// TestWithCancelCanceledParent: CX-10
TEST_F(ContextTest, AChildOfADoneParentIsDoneAtOnce) {
    auto parent = with_cancel(background());
    parent.cancel();
    const auto child = with_cancel(parent);
    expect_canceled(child);
    const auto timed = with_timeout(child, 1h);
    expect_canceled(timed);
    EXPECT_EQ(listeners(parent), 0U);
}

// CX-1
TEST_F(ContextTest, AnswersDoNotChange) {
    auto ctx = with_timeout(background(), 1h);
    const auto done = ctx.done();
    const auto deadline = ctx.deadline();
    EXPECT_EQ(ctx.done(), done);
    ctx.cancel();
    EXPECT_EQ(ctx.done(), done);
    EXPECT_EQ(ctx.deadline(), deadline) << "known also when it is done";
    EXPECT_EQ(ctx.err(), ctx.err());
}

// CX-2
TEST_F(ContextTest, DoneIsClosedAndCarriesNoValue) {
    auto ctx = with_cancel(background());
    EXPECT_EQ(ctx.done().try_receive().status, receive_status::would_block);
    ctx.cancel();
    EXPECT_EQ(ctx.done().receive().status, receive_status::closed);
    EXPECT_EQ(ctx.done().receive().status, receive_status::closed) << "to everybody, for ever";
}

// CX-3
TEST_F(ContextTest, ErrorCodesReadAsGosAndEqualTheStandardOnes) {
    const std::error_code canceled = context_errc::canceled;
    const std::error_code late = context_errc::deadline_exceeded;
    EXPECT_EQ(canceled, std::errc::operation_canceled);
    EXPECT_EQ(late, std::errc::timed_out);
    EXPECT_NE(canceled, std::errc::timed_out);
    EXPECT_NE(late, std::errc::operation_canceled);
    EXPECT_NE(canceled, late);
    EXPECT_EQ(canceled.message(), "context canceled");
    EXPECT_EQ(late.message(), "context deadline exceeded");
    EXPECT_STREQ(canceled.category().name(), "context");
}

// CX-28
struct request_id {
    int number;
};
template <class T>
struct box {
    T content;
};

TEST_F(ContextTest, NamesSayHowAContextWasMade) {
    const auto ctx = with_cancel(background());
    EXPECT_EQ(ctx.get().to_string(), "background.with_cancel");
    const auto caused = with_cancel_cause(todo());
    EXPECT_EQ(caused.get().to_string(), "todo.with_cancel");
    const auto timed = with_timeout(ctx, 1h);
    EXPECT_EQ(timed.get().to_string(), "background.with_cancel.with_deadline");
    EXPECT_EQ(with_value<request_id>(ctx, 7).to_string(),
              "background.with_cancel.with_value<request_id>");
    EXPECT_EQ(without_cancel(ctx).to_string(), "background.with_cancel.without_cancel");
}

TEST_F(ContextTest, NamesOfTemplatesAreNotThoseOfTheirArguments) {
    const std::string name = with_value<box<request_id>>(background()).to_string();
    EXPECT_TRUE(name.starts_with("background.with_value<box<")) << name;
    EXPECT_TRUE(name.ends_with("request_id>>")) << name;
}

// CX-27
TEST_F(ContextTest, ATreeOfContextsStartsNoTask) {
    const auto before = lifecycle::tasks().size();
    auto top = with_cancel(background());
    const auto child = with_cancel(with_value<int>(top, 1));
    const auto timed = with_timeout(child, 1h);
    const auto stop = after_func(timed, [] {});
    EXPECT_EQ(lifecycle::tasks().size(), before);
    EXPECT_TRUE(child.get().as_stop_token().stop_possible());
    EXPECT_EQ(lifecycle::tasks().size(), before);
}

// --- size ---

// The task that cancels has a small stack: neither the chain's depth nor its width may be in it.
TEST_F(ContextTest, AChainOfAThousandIsCancelledFromASmallStack) {
    std::vector<scoped_context> chain;
    chain.push_back(with_cancel(background()));
    for (int i = 1; i < 1000; ++i) chain.push_back(with_cancel(chain.back()));
    expect_open(chain.back());
    go({.stack_size = std::size_t{64} * 1024}, [&] { chain.front().cancel(); }).join();
    for (const auto& ctx : chain) expect_canceled(ctx);
    while (!chain.empty()) chain.pop_back();
}

TEST_F(ContextTest, AWideTreeIsDoneWhenItsRootIs) {
    auto root = with_cancel(background());
    std::vector<scoped_context> all;
    for (int i = 0; i < 100; ++i) {
        all.push_back(with_cancel(root));
        const context branch = all.back();
        for (int j = 0; j < 100; ++j) all.push_back(with_cancel(branch));
    }
    EXPECT_EQ(listeners(root), 100U);
    root.cancel();
    for (const auto& ctx : all) EXPECT_EQ(ctx.err(), context_errc::canceled);
    for (const auto& ctx : all) EXPECT_EQ(listeners(ctx), 0U);
}

// A node that has ended before does not hide what is beside and above it.
TEST_F(ContextTest, ATreeThatIsPartlyDoneIsEndedAsAWhole) {
    auto root = with_cancel(background());
    auto left = with_cancel(root);
    const auto left_leaf = with_cancel(left);
    auto right = with_cancel(root);
    auto right_child = with_cancel(right);
    const auto right_leaf = with_cancel(right_child);
    const auto right_other = with_cancel(right);
    left.cancel();
    right_child.cancel();
    root.cancel();
    for (const context& ctx : {root.get(), left.get(), left_leaf.get(), right.get(),
                               right_child.get(), right_leaf.get(), right_other.get()})
        expect_canceled(ctx);
}

// --- scopes ---

TEST_F(ScopedContextTest, TheEndOfItsScopeCancels) {
    context outlives;
    {
        const auto owner = with_cancel(background());
        outlives = owner;
        expect_open(outlives);
    }
    expect_canceled(outlives);
}

TEST_F(ScopedContextTest, MovingHandsOverTheDutyToCancel) {
    context seen;
    {
        auto first = with_cancel(background());
        seen = first;
        {
            const auto second = std::move(first);
            EXPECT_EQ(second.get(), seen);
            expect_open(seen);
            first.cancel();  // NOLINT(bugprone-use-after-move): it owns nothing any more
            expect_open(seen);
        }
        expect_canceled(seen);
    }
}

TEST_F(ScopedContextTest, AssigningCancelsWhatWasThere) {
    auto owner = with_cancel(background());
    const context old = owner;
    owner = with_cancel(background());
    expect_canceled(old);
    expect_open(owner);

    scoped_context& same = owner;
    owner = std::move(same);
    expect_open(owner);
}

TEST_F(ScopedContextTest, ScopesCanEndInAnyOrder) {
    auto parent = std::make_unique<scoped_context>(with_cancel(background()));
    auto child = std::make_unique<scoped_context>(with_cancel(*parent));
    const auto stop = after_func(*child, [] {});
    parent.reset();
    expect_canceled(*child);
    child.reset();
}

TEST_F(ScopedContextTest, ReadsAsTheContextThatItOwns) {
    const auto parent = with_timeout(with_value<request_id>(background(), 7), 1h);
    auto owner = with_cancel(parent);
    const context& ctx = owner;
    EXPECT_EQ(&owner.get(), &ctx);
    EXPECT_EQ(owner.done(), ctx.done());
    EXPECT_EQ(owner.deadline(), parent.deadline());
    EXPECT_EQ(owner.value<request_id>()->number, 7);
    EXPECT_FALSE(owner.err());
    owner.cancel(std::runtime_error("over"));
    EXPECT_EQ(owner.err(), ctx.err());
    EXPECT_EQ(owner.cause(), ctx.cause());
}

// --- CX-20, CX-22, CX-23 ---

struct first_key {
    std::string text;
};
struct second_key {
    std::string text;
};
struct third_key {
    std::string text;
};

template <class Key>
std::string found(const context& ctx) {
    const Key* const v = value<Key>(ctx);
    EXPECT_EQ(v, ctx.value<Key>());
    return v != nullptr ? v->text : "none";
}

void expect_values(const context& ctx, const std::array<std::string, 3>& wanted) {
    EXPECT_EQ(found<first_key>(ctx), wanted[0]) << ctx.to_string();
    EXPECT_EQ(found<second_key>(ctx), wanted[1]) << ctx.to_string();
    EXPECT_EQ(found<third_key>(ctx), wanted[2]) << ctx.to_string();
}

// TestValues: keys that look alike are different if their types are.
TEST_F(ContextValueTest, TheNearestValueOfATypeIsFound) {
    const context c0 = background();
    expect_values(c0, {"none", "none", "none"});
    const context c1 = with_value<first_key>(c0, "c1k1");
    expect_values(c1, {"c1k1", "none", "none"});
    const context c2 = with_value<second_key>(c1, "c2k2");
    expect_values(c2, {"c1k1", "c2k2", "none"});
    const context c3 = with_value<third_key>(c2, "c3k3");
    expect_values(c3, {"c1k1", "c2k2", "c3k3"});
    const context c4 = with_value<first_key>(c3, "c4k1");
    expect_values(c4, {"c4k1", "c2k2", "c3k3"});
    expect_values(c3, {"c1k1", "c2k2", "c3k3"});  // as it was

    const auto below = with_timeout(c4, 1h);
    expect_values(below, {"c4k1", "c2k2", "c3k3"});
}

// In Go a nil value shadows; here that is an optional without a value.
TEST_F(ContextValueTest, AnEmptyValueShadowsOneAbove) {
    const context above = with_value<std::optional<int>>(background(), 1);
    const context below = with_value<std::optional<int>>(above, std::nullopt);
    ASSERT_NE(below.value<std::optional<int>>(), nullptr);
    EXPECT_EQ(*below.value<std::optional<int>>(), std::nullopt);
    EXPECT_EQ(*above.value<std::optional<int>>(), 1);
}

TEST_F(ContextValueTest, AValueCanBeOfAnyTypeAndIsMadeInPlace) {
    struct pair {
        int a;
        std::unique_ptr<int> b;
    };
    const context ctx = with_value<pair>(background(), 1, std::make_unique<int>(2));
    EXPECT_EQ(ctx.value<pair>()->a, 1);
    EXPECT_EQ(*ctx.value<pair>()->b, 2);
    EXPECT_EQ(with_value<request_id>(background()).value<request_id>()->number, 0);
}

TEST_F(ContextValueTest, AValueLivesAsLongAsAContextBelowIt) {
    const auto alive = std::make_shared<int>(1);
    {
        context leaf;
        {
            const auto scope = with_cancel(with_value<std::shared_ptr<int>>(background(), alive));
            leaf = with_value<int>(scope, 1);
        }
        EXPECT_EQ(alive.use_count(), 2);
        EXPECT_EQ(*leaf.value<std::shared_ptr<int>>(), alive);
    }
    EXPECT_EQ(alive.use_count(), 1);
}

TEST_F(ContextValueTest, ValuesOutliveTheEndOfARequest) {
    auto ctx = with_timeout(with_value<request_id>(background(), 7), 0s);
    EXPECT_EQ(ctx.err(), context_errc::deadline_exceeded);
    EXPECT_EQ(ctx.value<request_id>()->number, 7);
}

// TestWithoutCancel: CX-23
TEST_F(ContextValueTest, WithoutCancelKeepsTheValuesAlone) {
    auto parent = with_timeout(with_value<request_id>(background(), 7), 1h);
    const context shielded = without_cancel(parent);
    auto child = with_cancel(shielded);
    parent.cancel();
    expect_open(shielded);
    EXPECT_FALSE(shielded.done());
    EXPECT_EQ(shielded.deadline(), std::nullopt);
    EXPECT_EQ(shielded.value<request_id>()->number, 7);
    expect_open(child);
    EXPECT_EQ(child.deadline(), std::nullopt);
    EXPECT_EQ(child.value<request_id>()->number, 7);
    child.cancel();
    expect_canceled(child);
}

// --- TestLayersCancel, TestLayersTimeout ---

template <int Layer>
struct layer_value {
    int number;
};

constexpr int layers = 30;

// Up to `layers` random layers, at least one of each kind.
struct layered {
    layered(std::uint32_t seed, std::chrono::nanoseconds timeout) : random(seed) {
        while (values == 0 || timers == 0 || scopes.size() == static_cast<std::size_t>(timers)) {
            leaf = background();
            scopes.clear();
            values = timers = 0;
            held.fill(false);
            [&]<int... L>(std::integer_sequence<int, L...>) { (add<L>(timeout), ...); }
            (std::make_integer_sequence<int, layers>{});
        }
    }
    ~layered() {
        while (!scopes.empty()) scopes.pop_back();
    }

    template <int L>
    void add(std::chrono::nanoseconds timeout) {
        switch (random() % 3) {
            case 0:
                leaf = with_value<layer_value<L>>(leaf, L);
                held[L] = true;
                ++values;
                return;
            case 1:
                scopes.push_back(with_cancel(leaf));
                break;
            default:
                scopes.push_back(with_timeout(leaf, timeout));
                ++timers;
        }
        leaf = scopes.back();
    }

    void expect_values() const {
        [&]<int... L>(std::integer_sequence<int, L...>) { (expect_value<L>(), ...); }
        (std::make_integer_sequence<int, layers>{});
    }
    template <int L>
    void expect_value() const {
        const auto* const v = leaf.value<layer_value<L>>();
        ASSERT_EQ(v != nullptr, held[L]) << L;
        if (v != nullptr) {
            EXPECT_EQ(v->number, L);
        }
    }

    std::mt19937 random;
    context leaf;
    std::vector<scoped_context> scopes;
    std::array<bool, layers> held{};
    int values = 0;
    int timers = 0;
};

TEST_F(ContextTest, AnyCancelAmongRandomLayersEndsTheLeaf) {
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        layered l(seed, 1h);
        SCOPED_TRACE("seed " + std::to_string(seed) + ": " + l.leaf.to_string());
        EXPECT_TRUE(l.leaf.to_string().starts_with("background."));
        expect_open(l.leaf);
        l.expect_values();
        l.scopes[l.random() % l.scopes.size()].cancel();
        expect_canceled(l.leaf);
        l.expect_values();
    }
}

TEST_F(ContextTest, TimeoutsAmongRandomLayersEndTheLeaf) {
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        const layered l(seed, 1ms);
        SCOPED_TRACE("seed " + std::to_string(seed) + ": " + l.leaf.to_string());
        l.leaf.done().receive();
        EXPECT_EQ(l.leaf.err(), context_errc::deadline_exceeded);
        l.expect_values();
    }
}

}  // namespace braid::context_test
