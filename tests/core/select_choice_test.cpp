// Which of several ready cases select takes: chance, and nothing else. The bounds are ten standard
// deviations wide, as in Go's TestSelectFairness: a fair choice never leaves them, a biased one
// does.
#include <array>
#include <chrono>
#include <cmath>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::select_choice_test {

using namespace std::chrono_literals;

class SelectChoiceTest : public braid_test::fixture {};

// `count` of `trials` is what a choice with probability `p` gives.
testing::AssertionResult fair(int count, int trials, double p) {
    const double mean = trials * p;
    const double sigma = std::sqrt(trials * p * (1 - p));
    if (std::abs(count - mean) <= 10 * sigma) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << count << " of " << trials << ", expected " << mean << " +- " << 10 * sigma;
}

channel<int> always_ready() {
    const auto ch = make_channel<int>();
    ch.close();
    return ch;
}

TEST_F(SelectChoiceTest, IsUniformAmongTheReadyCases) {  // SEL-3
    constexpr int trials = 20000;
    const auto a = always_ready();
    const auto b = always_ready();
    const auto c = always_ready();
    const auto d = always_ready();
    std::array<int, 4> count{};
    for (int i = 0; i < trials; ++i)
        ++count[select(receive(a), receive(b), receive(c), receive(d))];
    for (const int n : count) EXPECT_TRUE(fair(n, trials, 0.25));
}

// A choice that starts at a random case and goes on from there would favour the ready case that
// follows those that are not.
TEST_F(SelectChoiceTest, IsUniformWhereverTheReadyCasesStand) {  // SEL-3
    constexpr int trials = 20000;
    const auto never = make_channel<int>();
    const auto a = always_ready();
    const auto b = always_ready();
    std::array<int, 6> count{};
    for (int i = 0; i < trials; ++i) {
        ++count[select(receive(a), receive(never), send(never, 1), receive(receiver<int>{}),
                       receive(never), receive(b))];
    }
    EXPECT_TRUE(fair(count[0], trials, 0.5));
    EXPECT_TRUE(fair(count[5], trials, 0.5));
    EXPECT_EQ(count[0] + count[5], trials);
}

TEST_F(SelectChoiceTest, WeighsCasesAndNotChannels) {  // SEL-3
    constexpr int trials = 20000;
    const auto a = always_ready();
    const auto b = always_ready();
    std::array<int, 4> count{};
    for (int i = 0; i < trials; ++i)
        ++count[select(receive(a), receive(a), receive(a), receive(b))];
    for (const int n : count) EXPECT_TRUE(fair(n, trials, 0.25));
}

// Cases on one channel: also when the select has to wait, and the other side makes the choice.
TEST_F(SelectChoiceTest, IsUniformAmongCasesThatWaitOnOneChannel) {  // SEL-3
    constexpr int trials = 400;
    const auto c = make_channel<int>();
    task t = go([=] {
        for (int i = 0; i < trials; ++i) select(send(c, 1), send(c, 0));
    });
    int ones = 0;
    for (int i = 0; i < trials; ++i) {
        lifecycle::settle();
        ones += *c.receive();
    }
    EXPECT_TRUE(fair(ones, trials, 0.5));
}

TEST_F(SelectChoiceTest, OtherwiseIsNoCandidateWhileACaseIsReady) {  // SEL-4
    constexpr int trials = 5000;
    const auto a = always_ready();
    std::array<int, 2> count{};
    for (int i = 0; i < trials; ++i) ++count[select(otherwise(), receive(a))];
    EXPECT_EQ(count[0], 0);
}

TEST_F(SelectChoiceTest, TheFirstChoiceOfAFreshTaskIsChanceToo) {  // SEL-3
    const int trials = braid_test::repeat(2000);
    const auto a = always_ready();
    const auto b = always_ready();
    int first = 0;
    for (int i = 0; i < trials; ++i) {
        std::size_t index = 9;
        go([&] { index = select(receive(a), receive(b)); }).join();
        if (index == 0) ++first;
    }
    EXPECT_TRUE(fair(first, trials, 0.5));
}

TEST_F(SelectChoiceTest, ASendOnAClosedChannelIsChosenLikeAnyOther) {  // SEL-7
    constexpr int trials = 4000;
    const auto broken = always_ready();
    const auto good = make_channel<int>(trials);
    int thrown = 0;
    for (int i = 0; i < trials; ++i) {
        try {
            EXPECT_EQ(select(send(broken, 1), send(good, 1)), 1U);
        } catch (const closed_channel&) {
            ++thrown;
        }
    }
    EXPECT_TRUE(fair(thrown, trials, 0.5));
}

TEST_F(SelectChoiceTest, ADoneChannelHasNoPriority) {  // SEL-15
    constexpr int trials = 4000;
    const auto done = always_ready();
    const auto work = make_channel<int>(trials);
    for (int i = 0; i < trials; ++i) work.send(i);
    int worked = 0;
    for (int i = 0; i < trials; ++i) {
        if (select(receive(done), receive(work)) == 1) ++worked;
    }
    EXPECT_TRUE(fair(worked, trials, 0.5));
}

TEST_F(SelectChoiceTest, PriorityIsASelectInTheDefaultOfAnother) {  // SEL-15
    constexpr int n = 200;
    const auto high = make_channel<int>(n);
    const auto low = make_channel<int>(n);
    for (int i = 0; i < n; ++i) {
        high.send(i);
        low.send(i);
    }
    std::vector<int> order;
    const auto take = [&](int which) { return [&order, which] { order.push_back(which); }; };
    for (int i = 0; i < 2 * n; ++i) {
        select(receive(high, take(1)),
               otherwise([&] { select(receive(high, take(1)), receive(low, take(2))); }));
    }
    for (int i = 0; i < n; ++i) {
        EXPECT_EQ(order[static_cast<std::size_t>(i)], 1);
        EXPECT_EQ(order[static_cast<std::size_t>(n + i)], 2);
    }
}

// Written inside a loop, after() limits each round; made before it, the whole conversation.
TEST_F(SelectChoiceTest, AfterInALoopLimitsTheRoundAndBeforeItTheWhole) {  // SEL-16
    const auto silent = make_channel<int>();
    const auto begin = std::chrono::steady_clock::now();
    for (int round = 0; round < 3; ++round)
        EXPECT_EQ(select(receive(silent), receive(after(2ms))), 1U);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 6ms);

    const auto talk = make_channel<int>();
    const auto enough = make_channel<unit>();
    task talker = go([=] {
        while (select(send(talk, 1), receive(enough)) == 0) {
        }
    });
    timer limit(1h);
    int heard = 0;
    while (select(receive(talk), receive(limit), receive(after(1h))) == 0)
        if (++heard == 1) limit.reset(5ms);  // from now on: one round has been
    EXPECT_GT(heard, 0);
    EXPECT_EQ(select(receive(limit), otherwise()), 1U) << "it fires once";
    enough.close();
}

}  // namespace braid::select_choice_test
