#include "patterns/fan_out_fan_in/fan_out_fan_in.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "tests/support/braid_test.hpp"
#include "tests/support/stages.hpp"

namespace braid::fan_out_fan_in_test {

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
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

std::vector<int> squares_below(int n) {
    std::vector<int> all;
    for (int i = 0; i < n; ++i) all.push_back(i * i);
    return all;
}

// What holds for both forms is tested for both.
struct as_ready {
    static constexpr bool ordered = false;
    template <class... Args>
    static auto run(Args&&... args) {
        return fan_out(std::forward<Args>(args)...);
    }
};
struct in_order {
    static constexpr bool ordered = true;
    template <class... Args>
    static auto run(Args&&... args) {
        return fan_out_ordered(std::forward<Args>(args)...);
    }
};

template <class Form>
class FanOutTest : public braid_test::fixture {
protected:
    // As `expected`, in its order if the form keeps it.
    static void expect(std::vector<int> found, const std::vector<int>& expected) {
        if (!Form::ordered) std::ranges::sort(found);
        EXPECT_THAT(found, ElementsAreArray(expected));
    }
};
using forms = testing::Types<as_ready, in_order>;

class form_names {
public:
    template <class Form>
    static std::string GetName(int) {
        return Form::ordered ? "InOrder" : "AsReady";
    }
};
TYPED_TEST_SUITE(FanOutTest, forms, form_names);

// --- What comes out --------------------------------------------------------------------------

TYPED_TEST(FanOutTest, EveryItemIsDoneOnce) {  // PP-2
    for (const std::size_t workers : {1U, 2U, 3U, 8U})
        for (const std::size_t capacity : {0U, 1U, 100U}) {
            error_group group(background());
            const auto results = TypeParam::run(group, numbers(group, 200), workers, square,
                                                stage_options{.capacity = capacity});
            this->expect(received_from(results), squares_below(200));
            group.wait();
        }
}

TYPED_TEST(FanOutTest, AnEmptyInputGivesNoResults) {
    error_group group(background());
    EXPECT_THAT(received_from(TypeParam::run(group, numbers(group, 0), 4, square)), IsEmpty());
    group.wait();
}

TYPED_TEST(FanOutTest, FewerItemsThanWorkers) {
    error_group group(background());
    this->expect(received_from(TypeParam::run(group, numbers(group, 3), 16, square)), {0, 1, 4});
    group.wait();
}

TYPED_TEST(FanOutTest, AThousandWorkers) {
    error_group group(background());
    const auto results = TypeParam::run(group, numbers(group, 3000), 1000, square);
    this->expect(received_from(results), squares_below(3000));
    group.wait();
}

TYPED_TEST(FanOutTest, MoveOnlyItemsAndResults) {
    error_group group(background());
    const auto boxes =
        transform(group, numbers(group, 20), [](int n) { return std::make_unique<int>(n); });
    const auto results = TypeParam::run(group, boxes, 3, [](std::unique_ptr<int> box) {
        *box *= *box;
        return box;
    });
    std::vector<int> found;
    for (const auto& box : results) found.push_back(*box);
    this->expect(std::move(found), squares_below(20));
    group.wait();
}

TYPED_TEST(FanOutTest, TheFunctionMayTakeTheContext) {
    error_group group(background());
    const auto results =
        TypeParam::run(group, numbers(group, 10), 2,
                       [](const context& ctx, int n) { return ctx.err() ? -1 : n * n; });
    this->expect(received_from(results), squares_below(10));
    group.wait();
}

// I3: each worker has a copy of its own, so that a count in the function is no race (TSan).
TYPED_TEST(FanOutTest, EachWorkerHasItsOwnCopyOfTheFunction) {
    error_group group(background());
    const auto results =
        TypeParam::run(group, numbers(group, 500), 4, [calls = 0](int) mutable { return ++calls; });
    int sum = 0;
    std::size_t firsts = 0;
    for (const int calls : results) {
        ++sum;
        firsts += calls == 1 ? 1 : 0;
    }
    EXPECT_EQ(sum, 500);
    EXPECT_THAT(firsts, testing::AllOf(testing::Ge(1U), testing::Le(4U)));
    group.wait();
}

TYPED_TEST(FanOutTest, FanOutsCanFollowEachOther) {
    error_group group(background());
    const auto once = TypeParam::run(group, numbers(group, 200), 3, [](int n) { return n; });
    const auto twice = TypeParam::run(group, once, 3, square);
    this->expect(received_from(twice), squares_below(200));
    group.wait();
}

// --- At the same time ------------------------------------------------------------------------

// Nobody leaves before all have come: a barrier of channels, which fewer than n at once would
// block for good.
TYPED_TEST(FanOutTest, AllWorkersRunAtTheSameTime) {
    constexpr int n = 8;
    const auto here = make_channel<unit>();
    const auto all_here = make_channel<unit>();
    error_group group(background());
    const auto results = TypeParam::run(group, numbers(group, n), n, [&](int i) {
        here.send(unit{});
        all_here.receive();
        return i * i;
    });
    for (int i = 0; i < n; ++i) here.receive();
    all_here.close();
    this->expect(received_from(results), squares_below(n));
    group.wait();
}

TYPED_TEST(FanOutTest, NoMoreThanTheWorkersRunAtTheSameTime) {
    std::atomic<int> now{0}, most{0};
    error_group group(background());
    const auto results = TypeParam::run(group, numbers(group, 300), 3, [&](int n) {
        const int running = ++now;
        for (int seen = most; seen < running && !most.compare_exchange_weak(seen, running);) {
        }
        this_task::yield();
        --now;
        return n;
    });
    EXPECT_EQ(received_from(results).size(), 300U);
    group.wait();
    EXPECT_LE(most, 3);
}

// --- As ready, and in order ------------------------------------------------------------------

class FanInTest : public braid_test::fixture {};

TEST_F(FanInTest, AsReadyASlowItemHoldsUpNobody) {
    const auto gate = make_channel<unit>();
    error_group group(background());
    const auto results = fan_out(group, numbers(group, 10), 2, [gate](int n) {
        if (n == 0) gate.receive();
        return n;
    });
    for (int n = 1; n < 10; ++n) EXPECT_EQ(*results.receive(), n);  // by the one free worker
    gate.close();
    EXPECT_EQ(*results.receive(), 0);
    EXPECT_THAT(received_from(results), IsEmpty());
    group.wait();
}

TEST_F(FanInTest, InOrderASlowItemHoldsUpTheResultsAndNotTheWorkers) {
    const auto gate = make_channel<unit>();
    std::atomic<int> done{0};
    error_group group(background());
    const auto results = fan_out_ordered(group, numbers(group, 5), 4, [&](int n) {
        if (n == 0) gate.receive();
        ++done;
        return n;
    });
    lifecycle::settle();
    EXPECT_EQ(done, 4);
    EXPECT_EQ(results.try_receive().status, receive_status::would_block);
    gate.close();
    EXPECT_THAT(received_from(results), ElementsAre(0, 1, 2, 3, 4));
    group.wait();
}

// Items finish in the reverse of their order, eight at a time.
TEST_F(FanInTest, TheOrderDoesNotDependOnWhoIsFirst) {
    constexpr int n = 8;
    for (int round = 0; round < repeat(100); ++round) {
        std::vector<channel<unit>> after;
        for (int i = 0; i <= n; ++i) after.push_back(make_channel<unit>());
        after[n].close();
        error_group group(background());
        const auto results = fan_out_ordered(group, numbers(group, n), n, [&](int i) {
            const auto me = static_cast<std::size_t>(i);
            after[me + 1].receive();
            after[me].close();
            return i;
        });
        EXPECT_THAT(received_from(results), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
        group.wait();
    }
}

// How many items are under way while the first of them is not done: the bound in the contract is
// reached, and never passed.
TEST_F(FanInTest, InOrderTheItemsUnderWayAreBounded) {
    for (const std::size_t workers : {2U, 3U, 8U})
        for (const std::size_t capacity : {0U, 1U, 20U}) {
            const auto gate = make_channel<unit>();
            std::atomic<int> sent{0};
            error_group group(background());
            const auto results = fan_out_ordered(group, all_numbers(group, sent), workers,
                                                 [gate](int n) {
                                                     if (n == 0) gate.receive();
                                                     return n;
                                                 },
                                                 {.capacity = capacity});
            lifecycle::settle();
            EXPECT_EQ(sent, static_cast<int>(workers + capacity + 2));
            gate.close();
            lifecycle::settle();  // now nobody receives
            EXPECT_EQ(sent, static_cast<int>(workers + capacity + 2));
            EXPECT_EQ(*results.receive(), 0);
        }
}

TEST_F(FanInTest, AsReadyTheItemsUnderWayAreBounded) {
    for (const std::size_t workers : {1U, 3U})
        for (const std::size_t capacity : {0U, 20U}) {
            std::atomic<int> sent{0};
            error_group group(background());
            const auto results = fan_out(group, all_numbers(group, sent), workers,
                                         [](int n) { return n; }, {.capacity = capacity});
            lifecycle::settle();
            EXPECT_EQ(sent, static_cast<int>(workers + capacity));
        }
}

// --- The end ---------------------------------------------------------------------------------

// I1: not closed while any worker is at work.
TYPED_TEST(FanOutTest, TheResultsAreClosedAfterTheLastWorker) {
    const auto gate = make_channel<unit>();
    error_group group(background());
    const auto results = TypeParam::run(group, numbers(group, 4), 4, [gate](int n) {
        if (n == 3) gate.receive();
        return n;
    });
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(results.receive());
    lifecycle::settle();
    EXPECT_EQ(results.try_receive().status, receive_status::would_block);
    gate.close();
    EXPECT_EQ(*results.receive(), 3);
    EXPECT_EQ(results.receive().status, receive_status::closed);
    group.wait();
}

TYPED_TEST(FanOutTest, AFailureIsRethrownAndStopsTheRest) {
    std::atomic<int> sent{0};
    error_group group(background());
    const auto results = TypeParam::run(group, all_numbers(group, sent), 3, [](int n) {
        if (n == 20) throw std::out_of_range("twenty");
        return n;
    });
    for (const int n : results) EXPECT_NE(n, 20);  // ends, although the input has no end
    try {
        group.wait();
        ADD_FAILURE() << "wait returned";
    } catch (const std::out_of_range& e) {
        EXPECT_STREQ(e.what(), "twenty");
    }
}

// I4: after the first failure no worker begins another item.
TYPED_TEST(FanOutTest, AfterAFailureNoItemIsBegun) {
    constexpr int n = 4;
    const auto here = make_channel<unit>();
    std::atomic<int> sent{0}, begun{0};
    error_group group(background());
    const auto results =
        TypeParam::run(group, all_numbers(group, sent), n, [&](const context& ctx, int i) {
            ++begun;
            if (i == 0) {
                for (int other = 1; other < n; ++other) here.receive();
                throw std::runtime_error("first");
            }
            here.send(unit{});
            ctx.done().receive();
            return i;
        });
    EXPECT_THAT(received_from(results), IsEmpty());
    EXPECT_THROW(group.wait(), std::runtime_error);
    EXPECT_EQ(begun, n);
}

TYPED_TEST(FanOutTest, AFailureOfTheSourceStopsTheWorkers) {
    error_group group(background());
    auto broken = [](const context& ctx, const output<int>& out) {
        if (out.send(ctx, 1)) throw std::runtime_error("broken");
    };
    for (const int n : TypeParam::run(group, source<int>(group, broken), 3, square))
        EXPECT_EQ(n, 1);
    EXPECT_TRUE(group.ctx().err());
    EXPECT_THROW(group.wait(), std::runtime_error);
}

TYPED_TEST(FanOutTest, AConsumerMayThrow) {
    std::atomic<int> sent{0};
    const auto consume = [&sent] {
        error_group group(background());
        int seen = 0;
        for ([[maybe_unused]] const int n :
             TypeParam::run(group, all_numbers(group, sent), 3, square))
            if (++seen == 5) throw std::runtime_error("enough");
        group.wait();
    };
    EXPECT_THROW(consume(), std::runtime_error);
}

// FF1, as it should be: the first answer is enough, and nobody is left blocked with another.
TYPED_TEST(FanOutTest, TheFirstAnswerIsEnough) {
    for (int i = 0; i < repeat(100); ++i) {
        const auto first = [] {
            error_group group(background());
            return *TypeParam::run(group, numbers(group, 10), 3, square).receive();
        };
        EXPECT_LT(first(), 100);
    }
}

TYPED_TEST(FanOutTest, AConsumerThatLeavesMayCancelAndWait) {
    std::atomic<int> sent{0};
    auto ctx = with_cancel(background());
    error_group group(ctx);
    const auto results = TypeParam::run(group, all_numbers(group, sent), 3, square);
    EXPECT_TRUE(results.receive());
    ctx.cancel();
    group.wait();
    EXPECT_EQ(group.ctx().err(), std::errc::operation_canceled);
}

TYPED_TEST(FanOutTest, CancelRacesWithEverything) {
    for (int i = 0; i < repeat(50); ++i) {
        auto ctx = with_cancel(background());
        std::atomic<int> sent{0};
        error_group group(ctx);
        const auto results = TypeParam::run(group, all_numbers(group, sent), 3, square);
        group.go([&ctx, i] {
            for (int pause = 0; pause < i % 20; ++pause) this_task::yield();
            ctx.cancel();
        });
        std::vector<int> found = received_from(results);
        if (!TypeParam::ordered) std::ranges::sort(found);
        EXPECT_EQ(std::ranges::adjacent_find(found), found.end());
        if (TypeParam::ordered) this->expect(found, squares_below(static_cast<int>(found.size())));
        group.wait();
    }
}

TYPED_TEST(FanOutTest, WhatTheFunctionHoldsIsGoneAfterWait) {
    const auto held = std::make_shared<int>(1);
    error_group group(background());
    const auto results =
        TypeParam::run(group, numbers(group, 9), 3, [held](int n) { return n * n * *held; });
    this->expect(received_from(results), squares_below(9));
    group.wait();
    EXPECT_EQ(held.use_count(), 1);
}

// --- fan_in ----------------------------------------------------------------------------------

TEST_F(FanInTest, EverythingComesThroughAndEachInputKeepsItsOrder) {
    const int n = repeat(300);
    error_group group(background());
    std::vector<receiver<int>> inputs;
    for (int k = 0; k < 5; ++k)
        inputs.push_back(transform(group, numbers(group, n), [=](int i) { return k * n + i; }));
    std::vector<int> next(5, 0);
    for (const int v : fan_in(group, inputs, {.capacity = 2})) {
        const auto k = static_cast<std::size_t>(v / n);
        EXPECT_EQ(v % n, next[k]++);
    }
    group.wait();
    EXPECT_THAT(next, testing::Each(n));
}

TEST_F(FanInTest, NoInputsAreClosedAtOnce) {
    error_group group(background());
    EXPECT_EQ(fan_in(group, std::vector<receiver<int>>{}).receive().status, receive_status::closed);
    group.wait();
}

TEST_F(FanInTest, AnInputThatHasNothingHoldsUpNobody) {
    const auto silent = make_channel<int>();
    error_group group(background());
    const auto merged = fan_in(group, std::vector{silent.in(), numbers(group, 3)});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(*merged.receive(), i);
    lifecycle::settle();
    EXPECT_EQ(merged.try_receive().status, receive_status::would_block);
    silent.close();
    EXPECT_EQ(merged.receive().status, receive_status::closed);
    group.wait();
}

TEST_F(FanInTest, MoveOnlyItemsAreMerged) {
    const auto box = [](int n) { return std::make_unique<int>(n); };
    error_group group(background());
    int sum = 0;
    for (const auto& b : fan_in(group, std::vector{transform(group, numbers(group, 4), box),
                                                   transform(group, numbers(group, 5), box)}))
        sum += *b;
    EXPECT_EQ(sum, 6 + 10);
    group.wait();
}

TEST_F(FanInTest, AFailureOfOneInputStopsAll) {
    std::atomic<int> sent{0};
    error_group group(background());
    const auto broken = source<int>(
        group, [](const context&, const output<int>&) { throw std::runtime_error("broken"); });
    received_from(fan_in(group, std::vector{all_numbers(group, sent), broken}));
    EXPECT_THROW(group.wait(), std::runtime_error);
}

// FF7: a merge that is used again and again leaves nothing behind.
TEST_F(FanInTest, AMergeMayBeLeftEarly) {
    for (int i = 0; i < repeat(100); ++i) {
        std::atomic<int> sent{0};
        error_group group(background());
        const auto merged =
            fan_in(group, std::vector{all_numbers(group, sent), all_numbers(group, sent)});
        EXPECT_TRUE(merged.receive());
    }
}

// --- The limit of the group, and misuse ------------------------------------------------------

TYPED_TEST(FanOutTest, ALimitOfAsManyTasksAsThereAreIsEnough) {
    error_group group(background());
    group.set_limit(1 + 4 + (TypeParam::ordered ? 2 : 0));
    const auto results = TypeParam::run(group, numbers(group, 50), 4, square);
    this->expect(received_from(results), squares_below(50));
    group.wait();
}

template <class Form>
using FanOutDeathTest = FanOutTest<Form>;
TYPED_TEST_SUITE(FanOutDeathTest, forms, form_names);

TYPED_TEST(FanOutDeathTest, ALowerLimitIsADeadlock) {  // G-6
    const auto run = [] {
        error_group group(background());
        group.set_limit(3);
        received_from(TypeParam::run(group, numbers(group, 50), 4, square));
        group.wait();
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(braid_test::deadlock_status),
                "all tasks are asleep - deadlock!");
}

TYPED_TEST(FanOutDeathTest, AWaitBeforeTheReceiveLoopIsADeadlock) {  // I5
    const auto run = [] {
        error_group group(background());
        const auto results = TypeParam::run(group, numbers(group, 50), 4, square);
        group.wait();
        received_from(results);
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(braid_test::deadlock_status),
                "all tasks are asleep - deadlock!");
}

TYPED_TEST(FanOutTest, MisuseIsRejectedAndStartsNothing) {
    error_group group(background());
    const auto in = make_channel<int>();
    try {
        TypeParam::run(group, in, 0U, square);
        ADD_FAILURE() << "accepted";
    } catch (const std::invalid_argument& e) {
        EXPECT_THAT(e.what(), HasSubstr("at least 1"));
    }
    EXPECT_THROW(TypeParam::run(group, receiver<int>(), 1U, square), std::invalid_argument);
    error_group no_context;
    EXPECT_THROW(TypeParam::run(no_context, in, 1U, square), std::invalid_argument);
    EXPECT_EQ(lifecycle::find_leaks().size(), 0U);
}

TEST_F(FanInTest, MisuseIsRejectedAndStartsNothing) {
    error_group group(background());
    const auto in = make_channel<int>().in();
    EXPECT_THROW(fan_in(group, std::vector{in, receiver<int>()}), std::invalid_argument);
    error_group no_context;
    EXPECT_THROW(fan_in(no_context, std::vector{in}), std::invalid_argument);
    EXPECT_EQ(lifecycle::find_leaks().size(), 0U);
}

TYPED_TEST(FanOutTest, TasksBearTheNameAndThePlaceOfTheFanOut) {
    const auto in = make_channel<int>();
    error_group group(background());
    const auto results = TypeParam::run(group, in, 5, square, stage_options{.name = "squares"});
    lifecycle::settle();
    std::size_t named = 0;
    for (const auto& t : lifecycle::tasks())
        if (t.name == "squares") {
            ++named;
            EXPECT_THAT(t.started.file, testing::EndsWith("fan_out_fan_in_test.cpp"));
        }
    EXPECT_EQ(named, 5U + (TypeParam::ordered ? 2 : 0));
    in.close();
    EXPECT_THAT(received_from(results), IsEmpty());
    group.wait();
}

}  // namespace braid::fan_out_fan_in_test
