// Deadlines and timeouts.
#include <limits>

#include "patterns/context/context.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/contexts.hpp"

namespace braid::context_deadline_test {

using namespace std::chrono_literals;

using braid_test::is_closed;
using braid_test::listeners;

class ContextDeadlineTest : public braid_test::fixture {};

time_point now() { return std::chrono::steady_clock::now(); }

// Waits for the end, which has to be that of a deadline, and not before it.
void expect_late(const context& ctx) {
    EXPECT_EQ(ctx.done().receive().status, receive_status::closed);
    EXPECT_EQ(ctx.err(), context_errc::deadline_exceeded) << ctx.to_string();
    EXPECT_EQ(ctx.err(), std::errc::timed_out);
    ASSERT_NE(ctx.deadline(), std::nullopt);
    EXPECT_GE(now(), *ctx.deadline());
}

// TestDeadline
TEST_F(ContextDeadlineTest, ItEndsTheContext) {
    const auto ctx = with_deadline(background(), now() + 1ms);
    EXPECT_EQ(ctx.get().to_string(), "background.with_deadline");
    expect_late(ctx);
    const auto below = with_cancel(with_value<int>(ctx, 1));
    expect_late(below);
}

// CX-12
TEST_F(ContextDeadlineTest, AnEarlierOneOfTheParentIsKept) {
    const auto parent = with_deadline(background(), now() + 1ms);
    const auto child = with_deadline(with_value<int>(parent, 1), now() + 1h);
    EXPECT_EQ(child.deadline(), parent.deadline());
    EXPECT_EQ(child.get().to_string(), "background.with_deadline.with_value<int>.with_cancel");
    expect_late(child);
}

TEST_F(ContextDeadlineTest, AnEarlierOneOfTheChildLeavesTheParentAlone) {
    const auto parent = with_timeout(background(), 1h);
    const auto child = with_timeout(parent, 1ms);
    EXPECT_LT(*child.deadline(), *parent.deadline());
    expect_late(child);
    EXPECT_FALSE(parent.err());
}

TEST_F(ContextDeadlineTest, OfTwoEqualOnesTheChildKeepsItsOwn) {
    const time_point when = now() + 1h;
    const auto parent = with_deadline(background(), when);
    const auto child = with_deadline(parent, when);
    EXPECT_EQ(child.get().to_string(), "background.with_deadline.with_deadline");
    EXPECT_EQ(child.deadline(), when);
}

TEST_F(ContextDeadlineTest, ItIsKnownBelow) {
    const auto ctx = with_timeout(background(), 1h);
    const auto below = with_cancel(with_value<int>(ctx, 1));
    EXPECT_EQ(below.deadline(), ctx.deadline());
    EXPECT_EQ(without_cancel(below).deadline(), std::nullopt);
    const auto endless = with_cancel(background());
    EXPECT_EQ(endless.deadline(), std::nullopt);
}

// CX-13
TEST_F(ContextDeadlineTest, OneThatIsPastEndsItAtOnce) {
    for (const time_point when : {now() - 1ms, now(), time_point::min()}) {
        auto ctx = with_deadline(background(), when);
        EXPECT_TRUE(is_closed(ctx.done()));
        EXPECT_EQ(ctx.err(), context_errc::deadline_exceeded);
        ctx.cancel();
        EXPECT_EQ(ctx.err(), context_errc::deadline_exceeded) << "cancel is too late";
        EXPECT_EQ(ctx.deadline(), when);
    }
    const auto parent = with_cancel(background());
    const auto ctx = with_timeout(parent, 0s);
    EXPECT_EQ(ctx.err(), context_errc::deadline_exceeded);
    EXPECT_EQ(listeners(parent), 0U);
    EXPECT_FALSE(parent.err());
}

// TestTimeout
TEST_F(ContextDeadlineTest, ATimeoutIsADeadlineFromNow) {
    const time_point before = now();
    const auto ctx = with_timeout(background(), 1ms);
    const time_point after = now();
    EXPECT_GE(*ctx.deadline(), before + 1ms);
    EXPECT_LE(*ctx.deadline(), after + 1ms);
    EXPECT_EQ(ctx.get().to_string(), "background.with_deadline");
    expect_late(ctx);

    const auto parent = with_timeout(background(), 1ms);
    const auto child = with_timeout(parent, 1000h);
    expect_late(child);
}

// TestCanceledTimeout: CX-14
TEST_F(ContextDeadlineTest, ACancelThatComesFirstIsTheEnd) {
    const auto parent = with_timeout(background(), 1h);
    auto ctx = with_timeout(parent, 1000h);
    ctx.cancel();
    EXPECT_TRUE(is_closed(ctx.done()));
    EXPECT_EQ(ctx.err(), context_errc::canceled);
    EXPECT_FALSE(parent.err());
}

// CX-9
TEST_F(ContextDeadlineTest, OneThatHasFiredIsRemovedFromItsParent) {
    const auto parent = with_cancel(background());
    const auto ctx = with_timeout(parent, 1ms);
    ctx.done().receive();
    // The clock takes it out right after it has closed done().
    while (listeners(parent) > 0) this_task::yield();
    EXPECT_FALSE(parent.err());
}

TEST_F(ContextDeadlineTest, ManyFireOnTime) {
    const auto parent = with_cancel(background());
    std::vector<scoped_context> all;
    all.reserve(200);
    for (int i = 0; i < 200; ++i)
        all.push_back(with_timeout(parent, std::chrono::microseconds(i * 37 % 200 * 20)));
    for (const auto& ctx : all) expect_late(ctx);
}

// Durations round up and saturate.
TEST_F(ContextDeadlineTest, DurationsOfAnyTypeMeanWhatTheySay) {
    const auto longest = with_timeout(background(), std::chrono::hours::max());
    const auto endless = with_timeout(
        background(), std::chrono::duration<double>(std::numeric_limits<double>::infinity()));
    const auto days =
        with_timeout(background(), std::chrono::duration<double, std::ratio<86400>>(1));
    for (const context& ctx : {longest.get(), endless.get(), days.get()}) {
        EXPECT_FALSE(ctx.err());
        EXPECT_GT(*ctx.deadline(), now() + 23h);
    }
    EXPECT_EQ(longest.deadline(), time_point::max());
    EXPECT_EQ(endless.deadline(), time_point::max());

    const auto child = with_timeout(longest, 1ms);
    expect_late(child);
    const auto under_short = with_timeout(child, std::chrono::hours::max());
    EXPECT_EQ(under_short.err(), context_errc::deadline_exceeded);

    for (const auto negative : {std::chrono::hours(-1), std::chrono::hours::min()}) {
        const auto past = with_timeout(background(), negative);
        EXPECT_EQ(past.err(), context_errc::deadline_exceeded);
    }
    const auto shortest = with_timeout(background(), std::chrono::duration<double, std::nano>(0.1));
    expect_late(shortest);
}

TEST_F(ContextDeadlineTest, ACancelMayMeetTheDeadline) {
    int by_deadline = 0;
    for (int i = 0; i < braid_test::repeat(300); ++i) {
        auto ctx = with_timeout(background(), std::chrono::microseconds(i % 60));
        const auto child = with_cancel(ctx);
        // Up to 30 us before it, or after it.
        const auto when = *ctx.deadline() + std::chrono::microseconds((i % 7 - 3) * 10);
        while (now() < when) this_task::yield();
        ctx.cancel();
        ASSERT_TRUE(is_closed(ctx.done()));
        ASSERT_TRUE(is_closed(child.done()));
        ASSERT_EQ(child.err(), ctx.err());
        by_deadline += ctx.err() == context_errc::deadline_exceeded ? 1 : 0;
    }
    RecordProperty("by_deadline", by_deadline);
}

// The scope may end while the clock is firing.
TEST_F(ContextDeadlineTest, AScopeMayEndAtTheDeadline) {
    const auto parent = with_cancel(background());
    for (int i = 0; i < braid_test::repeat(2000); ++i) {
        const auto ctx = with_timeout(parent, std::chrono::microseconds(i % 80));
        if (i % 3 == 0) this_task::yield();
    }
    EXPECT_EQ(listeners(parent), 0U);
}

}  // namespace braid::context_deadline_test
