// Go by Example's rate limiting (BX-7), and what the limiter promises beside it. Time is the
// subject here: a busy machine is late, never early, so only lower bounds are tested.
#include "patterns/worker_pool/rate_limiter.hpp"

#include <chrono>
#include <vector>

#include "patterns/worker_pool/worker_pool.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::rate_limiter_test {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class RateLimiterTest : public braid_test::fixture {};

TEST_F(RateLimiterTest, ATickerLetsFiveRequestsThroughOneAtATime) {  // BX-7, TM-3
    const auto start = clock::now();
    const ticker limit(5ms);
    for (int request = 1; request <= 5; ++request) {
        ASSERT_TRUE(limit.receive(background()));
        EXPECT_GE(clock::now() - start, request * 5ms);
    }
}

TEST_F(RateLimiterTest, ABurstOfThreeGoesThroughAtOnceAndThenOneEachInterval) {  // BX-7
    rate_limiter limit(10ms, 3);
    const auto start = clock::now();
    for (int request = 1; request <= 6; ++request) {
        ASSERT_TRUE(limit.wait(background()));
        EXPECT_GE(clock::now() - start, (request - 3) * 10ms);
    }
}

TEST_F(RateLimiterTest, TheBurstDoesNotWait) {
    rate_limiter limit(1h, 3);
    EXPECT_TRUE(limit.wait(background()));
    EXPECT_TRUE(limit.try_take());
    EXPECT_TRUE(limit.wait(background()));
    EXPECT_FALSE(limit.try_take());
}

TEST_F(RateLimiterTest, WithoutABurstNoTwoAreCloserThanTheInterval) {
    const auto start = clock::now();
    rate_limiter limit(5ms);
    for (int request = 0; request < 5; ++request) {
        ASSERT_TRUE(limit.wait(background()));
        EXPECT_GE(clock::now() - start, request * 5ms);  // when it came, not when we see it
    }
}

// A token was taken between the two readings of the clock around the look that got it.
TEST_F(RateLimiterTest, WithoutABurstLooksGetNoTwoCloserThanTheInterval) {
    rate_limiter limit(5ms);
    auto not_before = clock::now() - 5ms;
    for (int request = 0; request < 5; ++request) {
        auto before = clock::now();
        while (!limit.try_take()) before = clock::now();
        EXPECT_GE(clock::now() - not_before, 5ms);
        not_before = before;
    }
}

TEST_F(RateLimiterTest, NoMoreThanTheBurstIsSavedUp) {
    rate_limiter limit(20ms, 2);
    while (limit.try_take()) continue;
    this_task::sleep_for(200ms);  // ten tokens, and room for two
    const auto start = clock::now();
    int taken = 0;
    while (limit.try_take()) ++taken;
    EXPECT_GE(taken, 2);
    EXPECT_LE(taken, 3 + (clock::now() - start) / 20ms);
}

TEST_F(RateLimiterTest, AWaitThatIsCancelledUsesNothingUp) {
    rate_limiter limit(1h, 2);
    auto ctx = with_cancel(background());
    ctx.cancel();
    EXPECT_FALSE(limit.wait(ctx)) << "a context that is done wins over a token";
    EXPECT_TRUE(limit.try_take());
    EXPECT_TRUE(limit.try_take());
}

TEST_F(RateLimiterTest, ACancelEndsAWaitAndTheNextOneIsServed) {
    rate_limiter limit(20ms);
    ASSERT_TRUE(limit.wait(background()));
    auto ctx = with_cancel(background());
    task first = go([&] { EXPECT_FALSE(limit.wait(ctx)); });
    task second = go([&] { EXPECT_TRUE(limit.wait(background())); });
    ctx.cancel();
    first.join();
    second.join();
}

TEST_F(RateLimiterTest, WhoWaitsIsNotOvertaken) {  // as SM-2
    rate_limiter limit(1h);
    ASSERT_TRUE(limit.try_take());
    auto ctx = with_cancel(background());
    task waits = go([&] { EXPECT_FALSE(limit.wait(ctx)); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(waits));
    EXPECT_FALSE(limit.try_take());
    ctx.cancel();
    waits.join();
}

TEST_F(RateLimiterTest, ManyTasksShareOneLimit) {
    rate_limiter limit(1ms, 4);
    const auto start = clock::now();
    std::vector<task> tasks;
    tasks.reserve(5);
    for (int t = 0; t < 5; ++t)
        tasks.push_back(go([&] {
            for (int i = 0; i < 4; ++i) ASSERT_TRUE(limit.wait(background()));
        }));
    for (task& t : tasks) t.join();
    EXPECT_GE(clock::now() - start, (20 - 4) * 1ms);
}

TEST_F(RateLimiterTest, ALongIntervalDoesNotOverflow) {
    rate_limiter limit(std::chrono::hours::max(), 2);
    EXPECT_TRUE(limit.try_take());
    EXPECT_TRUE(limit.try_take());
    EXPECT_FALSE(limit.try_take());
    auto ctx = with_timeout(background(), 1ms);
    EXPECT_FALSE(limit.wait(ctx));
}

TEST_F(RateLimiterTest, WhatWouldLetNothingThroughIsRefused) {  // as TM-4
    EXPECT_THROW(rate_limiter(0ms), std::invalid_argument);
    EXPECT_THROW(rate_limiter(-1s), std::invalid_argument);
    EXPECT_THROW(rate_limiter(1s, 0), std::invalid_argument);
}

TEST_F(RateLimiterTest, ItSlowsDownAPool) {
    rate_limiter limit(5ms, 2);
    const auto start = clock::now();
    worker_pool<int> pool(background(), {.workers = 3, .queue = 6},
                          [&](const context& ctx, int) { EXPECT_TRUE(limit.wait(ctx)); });
    for (int j = 0; j < 6; ++j) ASSERT_TRUE(pool.submit(background(), j));
    EXPECT_EQ(pool.drain(), 0U);
    EXPECT_GE(clock::now() - start, 4 * 5ms);
}

TEST_F(RateLimiterTest, AStopDoesNotWaitForTheLimit) {
    rate_limiter limit(1h);
    std::atomic<int> passed{0};
    worker_pool<int> pool(background(), {.workers = 2, .queue = 4}, [&](const context& ctx, int) {
        if (limit.wait(ctx)) ++passed;
    });
    for (int j = 0; j < 5; ++j) ASSERT_TRUE(pool.submit(background(), j));
    lifecycle::settle();
    EXPECT_EQ(pool.stop(), 2U);
    EXPECT_EQ(passed, 1);
    EXPECT_EQ(pool.done(), 3U);
}

}  // namespace braid::rate_limiter_test
