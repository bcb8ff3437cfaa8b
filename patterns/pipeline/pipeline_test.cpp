#include "patterns/pipeline/pipeline.hpp"

#include <atomic>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "tests/support/braid_test.hpp"
#include "tests/support/stages.hpp"

namespace braid::pipeline_test {

using namespace std::literals;
using braid_test::all_numbers;
using braid_test::numbers;
using braid_test::received_from;
using braid_test::repeat;
using braid_test::square;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

class PipelineTest : public braid_test::fixture {};

// --- What comes out --------------------------------------------------------------------------

TEST_F(PipelineTest, StagesKeepTheOrder) {
    for (const std::size_t capacity : {0U, 1U, 7U}) {
        error_group group(background());
        const auto in = numbers(group, 100, {.capacity = capacity});
        const auto squares = transform(group, in, square, {.capacity = capacity});
        const auto even =
            filter(group, squares, [](int n) { return n % 2 == 0; }, {.capacity = capacity});
        std::vector<int> expected;
        for (int i = 0; i < 100; i += 2) expected.push_back(i * i);
        EXPECT_THAT(received_from(even), ElementsAreArray(expected));
        group.wait();
    }
}

TEST_F(PipelineTest, AnEmptyInputGivesAnEmptyOutput) {
    error_group group(background());
    int calls = 0;
    const auto out = transform(group, numbers(group, 0), [&calls](int n) { return ++calls, n; });
    EXPECT_THAT(received_from(filter(group, out, [](int) { return true; })), IsEmpty());
    group.wait();
    EXPECT_EQ(calls, 0);
}

TEST_F(PipelineTest, MoveOnlyItemsPassThrough) {
    error_group group(background());
    const auto boxes =
        transform(group, numbers(group, 4), [](int n) { return std::make_unique<int>(n); });
    const auto odd = filter(group, boxes, [](const auto& box) { return *box % 2 == 1; });
    const auto same = transform(group, odd, [](std::unique_ptr<int> box) { return box; });
    const auto open = transform(group, same, [](std::unique_ptr<int>&& box) { return *box; });
    EXPECT_THAT(received_from(open), ElementsAre(1, 3));
    group.wait();
}

TEST_F(PipelineTest, AFunctionMayBeAMoveOnlyObjectWithState) {
    error_group group(background());
    auto running_total = [sum = std::make_unique<int>(0)](int n) mutable { return *sum += n; };
    const auto sums = transform(group, numbers(group, 5), std::move(running_total));
    EXPECT_THAT(received_from(sums), ElementsAre(0, 1, 3, 6, 10));
    group.wait();
}

TEST_F(PipelineTest, AFunctionMayTakeTheContext) {
    struct request_id {
        int value;
    };
    error_group group(with_value<request_id>(background(), 40));
    const auto out = transform(group, numbers(group, 3), [](const context& ctx, int n) {
        return ctx.value<request_id>()->value + n;
    });
    EXPECT_THAT(received_from(out), ElementsAre(40, 41, 42));
    group.wait();
}

TEST_F(PipelineTest, AStageMayMakeManyOrNoneOfAnItem) {
    error_group group(background());
    auto repeat_each = [](const context& ctx, const receiver<int>& in, const output<char>& out) {
        for (const int n : in.until(ctx))
            for (int i = 0; i < n; ++i)
                if (!out.send(ctx, static_cast<char>('0' + n))) return;
    };
    const auto digits = stage<char>(group, numbers(group, 4), repeat_each);
    EXPECT_THAT(received_from(digits), ElementsAre('1', '2', '2', '3', '3', '3'));
    group.wait();
}

// A stage that says something at the end says it only if it has had everything (I3).
TEST_F(PipelineTest, AStageMaySendAfterTheEndOfItsInput) {
    error_group group(background());
    // snippet: stage
    auto add_up = [](const context& ctx, const receiver<int>& in, const output<int>& out) {
        int sum = 0;
        for (const int n : in.until(ctx)) sum += n;
        static_cast<void>(out.send(ctx, sum));  // is not sent if the loop was cut short
    };
    const auto sums = stage<int>(group, numbers(group, 101), add_up);
    // snippet end
    EXPECT_THAT(received_from(sums), ElementsAre(5050));
    group.wait();
}

// A channel is receivable as it is; nobody but its owner closes it.
TEST_F(PipelineTest, TheInputMayBeAnyChannel) {
    const auto in = make_channel<int>(3);
    for (const int n : {1, 2, 3}) in.send(n);
    in.close();
    error_group group(background());
    EXPECT_THAT(received_from(transform(group, in, square)), ElementsAre(1, 4, 9));
    group.wait();
}

TEST_F(PipelineTest, SeveralConsumersShareAnOutput) {
    const int n = repeat(2000);
    std::atomic<int> sum{0};
    std::atomic<int> count{0};
    error_group group(background());
    const auto out = transform(group, numbers(group, n), [](int i) { return i; });
    for (int i = 0; i < 3; ++i)
        group.go([&, out](const context& ctx) {
            for (const int v : out.until(ctx)) sum += v, ++count;
        });
    group.wait();
    EXPECT_EQ(count, n);
    EXPECT_EQ(sum, n * (n - 1) / 2);
}

TEST_F(PipelineTest, AHundredStages) {
    error_group group(background());
    receiver<int> last = numbers(group, 50);
    for (int i = 0; i < 100; ++i) last = transform(group, last, [](int n) { return n + 1; });
    std::vector<int> expected(50);
    std::iota(expected.begin(), expected.end(), 100);
    EXPECT_THAT(received_from(last), ElementsAreArray(expected));
    group.wait();
}

// --- Back-pressure ---------------------------------------------------------------------------

// Nobody receives: each stage fills its buffer and stops with one item in its hand.
TEST_F(PipelineTest, CapacityBoundsHowFarAStageRunsAhead) {
    std::atomic<int> sent{0};
    std::atomic<int> transformed{0};
    error_group group(background());
    const auto in = all_numbers(group, sent, {.capacity = 2});
    const auto out =
        transform(group, in, [&transformed](int n) { return ++transformed, n; }, {.capacity = 3});
    lifecycle::settle();
    EXPECT_EQ(out.size(), 3U);
    EXPECT_EQ(transformed, 3 + 1);
    EXPECT_EQ(sent, 2 + 1 + 3);
    EXPECT_EQ(*out.receive(), 0);
    lifecycle::settle();
    EXPECT_EQ(transformed, 3 + 1 + 1);
    EXPECT_EQ(sent, 2 + 1 + 3 + 1);
}

TEST_F(PipelineTest, WithoutCapacityAStageWaitsForItsConsumer) {
    std::atomic<int> sent{0};
    error_group group(background());
    const auto out = all_numbers(group, sent);
    lifecycle::settle();
    EXPECT_EQ(sent, 0);
    EXPECT_EQ(*out.receive(), 0);
    lifecycle::settle();
    EXPECT_EQ(sent, 1);
}

// --- The end: I1, I2, I3 ---------------------------------------------------------------------

TEST_F(PipelineTest, TheCloseRunsThroughAllStages) {  // PP-6
    const auto in = make_channel<int>();
    error_group group(background());
    const auto once = transform(group, in, square);
    const auto twice = transform(group, once, square);
    in.send(2);
    EXPECT_EQ(*twice.receive(), 16);
    lifecycle::settle();
    EXPECT_EQ(twice.try_receive().status, receive_status::would_block);
    in.close();
    EXPECT_EQ(twice.receive().status, receive_status::closed);
    EXPECT_EQ(once.receive().status, receive_status::closed);
    group.wait();
}

// The group's tasks are gone after wait, and with them all that the functions held.
TEST_F(PipelineTest, NothingOfAStageIsLeftAfterWait) {
    const auto held = std::make_shared<int>(7);
    error_group group(background());
    const auto out = transform(group, numbers(group, 3), [held](int n) { return *held * n; });
    EXPECT_THAT(received_from(out), ElementsAre(0, 7, 14));
    group.wait();
    EXPECT_EQ(held.use_count(), 1);
}

TEST_F(PipelineTest, WhatWasUnderWayAtACancelIsDestroyed) {
    const auto item = std::make_shared<int>(7);
    {
        error_group group(background());
        auto produce = [&item](const context& ctx, const output<std::shared_ptr<int>>& out) {
            while (out.send(ctx, item)) {
            }
        };
        const auto items = source<std::shared_ptr<int>>(group, produce, {.capacity = 4});
        const auto out =
            transform(group, items, [](std::shared_ptr<int> p) { return p; }, {.capacity = 4});
        EXPECT_EQ(*out.receive(), item);
        lifecycle::settle();
    }
    EXPECT_EQ(item.use_count(), 1);
}

// An output stays open for as long as any task holds a copy of it.
TEST_F(PipelineTest, AStageMayGiveItsOutputToTasksOfItsOwn) {
    error_group group(background());
    auto two_tasks = [&group](const context&, const output<int>& out) {
        for (const int n : {1, 2})
            group.go([n, out](const context& ctx) { static_cast<void>(out.send(ctx, n)); });
    };
    int sum = 0;
    for (const int n : source<int>(group, two_tasks)) sum += n;
    EXPECT_EQ(sum, 3);
    group.wait();
}

TEST_F(PipelineTest, AFailureIsRethrownByWaitAndStopsAllStages) {  // EG-1, EG-2
    std::atomic<int> sent{0};
    error_group group(background());
    const auto in = all_numbers(group, sent);
    const auto checked = transform(group, in, [](int n) {
        if (n == 5) throw std::out_of_range("five");
        return n;
    });
    const auto out = transform(group, checked, square);
    for (const int n : out) EXPECT_LT(n, 25);  // ends, although `in` has no end
    try {
        group.wait();
        ADD_FAILURE() << "wait returned";
    } catch (const std::out_of_range& e) {
        EXPECT_STREQ(e.what(), "five");
    }
}

TEST_F(PipelineTest, ASourceMayFailBeforeItsFirstItem) {  // PL4
    error_group group(background());
    auto cannot_open = [](const context&, const output<int>&) { throw std::runtime_error("no"); };
    EXPECT_THAT(received_from(transform(group, source<int>(group, cannot_open), square)),
                IsEmpty());
    EXPECT_THROW(group.wait(), std::runtime_error);
}

TEST_F(PipelineTest, TheFirstOfTwoFailuresIsRethrown) {
    error_group group(background());
    const auto out = source<int>(
        group, [](const context&, const output<int>&) { throw std::runtime_error("first"); });
    const auto late = source<int>(group, [](const context& ctx, const output<int>&) {
        ctx.done().receive();
        throw std::runtime_error("second");
    });
    EXPECT_THAT(received_from(out), IsEmpty());
    EXPECT_THAT(received_from(late), IsEmpty());
    try {
        group.wait();
        ADD_FAILURE() << "wait returned";
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "first");
    }
}

// A stage whose input has failed sees the cancel, never an end that looks like a good one.
TEST_F(PipelineTest, AFailureIsNeverMistakenForTheEnd) {
    for (int i = 0; i < repeat(500); ++i) {
        receive_status end = receive_status::value;
        error_group group(background());
        const auto broken = source<int>(group, [](const context& ctx, const output<int>& out) {
            if (out.send(ctx, 1)) throw std::runtime_error("broken");
        });
        auto note_the_end = [&end](const context& ctx, const receiver<int>& in,
                                   const output<int>&) {
            while (end == receive_status::value) end = in.receive(ctx).status;
        };
        EXPECT_THAT(received_from(stage<int>(group, broken, note_the_end)), IsEmpty());
        EXPECT_TRUE(group.ctx().err());
        EXPECT_THROW(group.wait(), std::runtime_error);
        EXPECT_EQ(end, receive_status::canceled);
    }
}

// --- Leaving early: I6 -----------------------------------------------------------------------
// The fixture looks for tasks that are left.

TEST_F(PipelineTest, AConsumerMayThrow) {
    std::atomic<int> sent{0};
    const auto consume = [&sent] {
        error_group group(background());
        for (const int n : transform(group, all_numbers(group, sent), square))
            if (n == 9) throw std::runtime_error("nine");
        group.wait();
    };
    EXPECT_THROW(consume(), std::runtime_error);
}

TEST_F(PipelineTest, AConsumerMayReturn) {
    std::atomic<int> sent{0};
    const auto first_above = [&sent](int bound) {
        error_group group(background());
        for (const int n : transform(group, all_numbers(group, sent), square))
            if (n > bound) return n;
        group.wait();
        return -1;
    };
    EXPECT_EQ(first_above(50), 64);
}

TEST_F(PipelineTest, AConsumerThatLeavesMayCancelAndWait) {
    std::atomic<int> sent{0};
    // snippet: leave
    auto ctx = with_cancel(background());
    error_group group(ctx);
    for (const int n : transform(group, all_numbers(group, sent), square))
        if (n == 9) break;
    ctx.cancel();
    group.wait();  // no failure
    // snippet end
}

TEST_F(PipelineTest, ACancelEndsAStageWhereverItWaits) {
    const auto never = make_channel<int>();
    std::atomic<int> sent{0};
    auto ctx = with_cancel(background());
    error_group group(ctx);
    const auto starving = transform(group, never, square);                    // in receive
    const auto blocked = transform(group, all_numbers(group, sent), square);  // in send
    lifecycle::settle();
    ctx.cancel();
    EXPECT_EQ(starving.receive().status, receive_status::closed);
    group.wait();
    EXPECT_EQ(blocked.receive().status, receive_status::closed);
}

// A pipeline that was cut short by the caller's context does not fail: the caller asks.
TEST_F(PipelineTest, ACancelFromOutsideIsNoFailureAndCanBeTold) {
    auto ctx = with_cancel(background());
    std::atomic<int> sent{0};
    error_group group(ctx);
    for (const int n : transform(group, all_numbers(group, sent), square))
        if (n == 100) ctx.cancel();
    EXPECT_EQ(group.ctx().err(), std::errc::operation_canceled);
    group.wait();

    error_group complete(background());
    EXPECT_THAT(received_from(numbers(complete, 2)), ElementsAre(0, 1));
    EXPECT_FALSE(complete.ctx().err());
    complete.wait();
}

TEST_F(PipelineTest, ADeadlineEndsAPipeline) {
    const auto ctx = with_timeout(background(), 5ms);
    std::atomic<int> sent{0};
    error_group group(ctx);
    for (const int n : transform(group, all_numbers(group, sent), [](int n) { return n % 2; }))
        EXPECT_LE(n, 1);
    EXPECT_EQ(group.ctx().err(), std::errc::timed_out);
    group.wait();
}

TEST_F(PipelineTest, CancelRacesWithEverything) {
    for (int i = 0; i < repeat(50); ++i) {
        auto ctx = with_cancel(background());
        std::atomic<int> sent{0};
        error_group group(ctx);
        const auto out = transform(group, all_numbers(group, sent, {.capacity = 1}), square);
        group.go([&ctx, i] {
            for (int pause = 0; pause < i % 20; ++pause) this_task::yield();
            ctx.cancel();
        });
        int last = -1;
        for (const int n : out) EXPECT_EQ(n, square(++last));
        group.wait();
    }
}

// --- The limit of the group ------------------------------------------------------------------

TEST_F(PipelineTest, ALimitOfAsManyTasksAsThereAreStagesIsEnough) {
    error_group group(background());
    group.set_limit(3);
    const auto out = transform(group, transform(group, numbers(group, 20), square), square);
    EXPECT_EQ(received_from(out).size(), 20U);
    group.wait();
}

// With room for all that it sends, the first stage ends, and its slot is free for the second.
TEST_F(PipelineTest, ALowerLimitIsEnoughIfEarlierStagesCanEnd) {
    error_group group(background());
    group.set_limit(1);
    const auto in = numbers(group, 20, {.capacity = 20});
    EXPECT_EQ(received_from(transform(group, in, square)).size(), 20U);
    group.wait();
}

using PipelineDeathTest = PipelineTest;

TEST_F(PipelineDeathTest, ALowerLimitIsADeadlock) {  // G-6
    const auto run = [] {
        error_group group(background());
        group.set_limit(1);
        const auto in = numbers(group, 20);
        received_from(transform(group, in, square));  // not started: the slot is taken
        group.wait();
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(braid_test::deadlock_status),
                "all tasks are asleep - deadlock!");
}

TEST_F(PipelineDeathTest, AWaitBeforeTheReceiveLoopIsADeadlock) {  // I6
    const auto run = [] {
        error_group group(background());
        const auto out = transform(group, numbers(group, 20), square);
        group.wait();
        received_from(out);
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(braid_test::deadlock_status),
                "all tasks are asleep - deadlock!");
}

TEST_F(PipelineDeathTest, LeavingTheLoopAndWaitingWithoutACancelIsADeadlock) {  // I6, PL1
    const auto run = [] {
        std::atomic<int> sent{0};
        error_group group(background());
        for (const int n : all_numbers(group, sent))
            if (n == 3) break;
        group.wait();
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(braid_test::deadlock_status),
                "all tasks are asleep - deadlock!");
}

// --- Misuse, and what the reports say --------------------------------------------------------

TEST_F(PipelineTest, AGroupWithoutAContextIsRejected) {
    error_group group;
    try {
        numbers(group, 3);
        ADD_FAILURE() << "accepted";
    } catch (const std::invalid_argument& e) {
        EXPECT_THAT(e.what(), HasSubstr("error_group group(ctx)"));
    }
    EXPECT_THROW(transform(group, make_channel<int>(), square), std::invalid_argument);
}

TEST_F(PipelineTest, ANilInputIsRejected) {
    error_group group(background());
    const receiver<int> nil;
    EXPECT_THROW(transform(group, nil, square), std::invalid_argument);
    EXPECT_THROW(filter(group, nil, [](int) { return true; }), std::invalid_argument);
    auto body = [](const context&, const receiver<int>&, const output<int>&) {};
    EXPECT_THROW(stage<int>(group, nil, body), std::invalid_argument);
    group.wait();
}

TEST_F(PipelineTest, TasksBearTheNameAndThePlaceOfTheirStage) {
    std::atomic<int> sent{0};
    error_group group(background());
    const auto in = all_numbers(group, sent, {.name = "count"});
    const auto out = transform(group, in, square);
    lifecycle::settle();
    std::optional<lifecycle::task_info> named, unnamed;
    for (const auto& t : lifecycle::tasks()) {
        if (t.name == "count") named = t;
        if (t.name == "transform") unnamed = t;
    }
    ASSERT_TRUE(named && unnamed);
    EXPECT_EQ(named->operation, "send");
    EXPECT_THAT(unnamed->started.file, testing::EndsWith("pipeline_test.cpp"));
    EXPECT_THAT(unnamed->on, HasSubstr("pipeline_test.cpp"));
}

// What cannot be called on an item is no stage function: a constraint, not an error in a template.
template <class F>
concept transforms_ints = requires(error_group& group, receiver<int> in, F f) {
    transform(group, in, f);
};
static_assert(transforms_ints<int (*)(int)>);
static_assert(transforms_ints<double (*)(const context&, int)>);
static_assert(!transforms_ints<int (*)(std::string)>);
static_assert(!transforms_ints<int (*)(int, int)>);

}  // namespace braid::pipeline_test
