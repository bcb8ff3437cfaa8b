// The searches, replay, and what a result says, on the smallest program that goes wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <thread>

#include "tests/explore/explore.hpp"

namespace {

using explore::search;

// The counter that two threads leave behind, each of which adds one to it in two steps.
int add_in_two_steps() {
    std::atomic<int> counter{0};
    const auto add = [&] { counter.store(counter.load() + 1); };
    std::thread a(add);
    std::thread b(add);
    a.join();
    b.join();
    return counter.load();
}

void lost_update() { explore::require(add_in_two_steps() == 2, "an update is lost"); }

void all_updates() {
    std::atomic<int> counter{0};
    const auto add = [&] { counter.fetch_add(1); };
    std::thread a(add);
    std::thread b(add);
    a.join();
    b.join();
    explore::require(counter.load() == 2, "an update is lost");
}

TEST(SearchTest, RandomFindsTheLostUpdate) {
    const auto r = explore::check({.by = search::random, .seed = 7}, lost_update);
    ASSERT_TRUE(r.found) << r.report;
    EXPECT_EQ(r.found->kind, "failed-assertion");
    EXPECT_EQ(r.found->thread, "main");
    EXPECT_EQ(r.found->place.rfind("search_test.cpp:", 0), 0u) << r.report;
    EXPECT_FALSE(r.complete);
}

TEST(SearchTest, PrioritiesFindTheLostUpdate) {
    const auto r = explore::check({.by = search::pct, .preemptions = 1}, lost_update);
    ASSERT_TRUE(r.found) << r.report;
    EXPECT_EQ(r.found->kind, "failed-assertion");
    const auto right = explore::check({.by = search::pct, .executions = 1'000}, all_updates);
    EXPECT_TRUE(right.ok()) << right.report;
}

TEST(SearchTest, DepthFirstFindsTheLostUpdateWithOnePreemption) {
    const auto none = explore::check({.by = search::depth_first, .preemptions = 0}, lost_update);
    EXPECT_TRUE(none.ok()) << none.report;
    EXPECT_TRUE(none.complete);
    const auto one = explore::check({.by = search::depth_first, .preemptions = 1}, lost_update);
    ASSERT_TRUE(one.found) << one.report;
    EXPECT_EQ(one.found->kind, "failed-assertion");
}

TEST(SearchTest, DepthFirstCompletesOnTheRightProgram) {
    const auto r = explore::check({.by = search::depth_first, .preemptions = 3}, all_updates);
    EXPECT_TRUE(r.ok()) << r.report;
    EXPECT_TRUE(r.complete);
    EXPECT_EQ(r.report, "search complete, " + std::to_string(r.executions) +
                            " schedules, at most 3 preemptions\n");
}

TEST(SearchTest, ReplayIsIdenticalEachTime) {
    const auto r = explore::check({.by = search::random, .seed = 3}, lost_update);
    ASSERT_TRUE(r.found) << r.report;
    for (int i = 0; i != 3; ++i) {
        const auto again =
            explore::check({.by = search::replay, .decisions = r.decisions}, lost_update);
        ASSERT_TRUE(again.found) << again.report;
        EXPECT_EQ(again.decisions, r.decisions);
        EXPECT_EQ(again.report, r.report);
        EXPECT_EQ(again.executions, 1u);
    }
}

TEST(SearchTest, TheReportHasAColumnForEachThreadAndAReplayLine) {
    const auto r = explore::check({}, lost_update);
    ASSERT_TRUE(r.found);
    for (const char* part : {"| main", "| t1", "| t2", "load a", "store a", "-- switch to t2",
                             "replay: {.by = explore::search::replay, .decisions = \""})
        EXPECT_NE(r.report.find(part), std::string::npos) << part << "\n" << r.report;
}

TEST(SearchTest, CountsTheOutcomes) {
    const auto r = explore::check({.by = search::depth_first, .preemptions = 2}, [] {
        explore::outcome("counter is " + std::to_string(add_in_two_steps()));
    });
    EXPECT_TRUE(r.complete) << r.report;
    ASSERT_EQ(r.outcomes.size(), 2u);
    EXPECT_EQ(r.outcomes.at("counter is 1") + r.outcomes.at("counter is 2"), r.executions);
}

TEST(SearchTest, TellsABodyThatDependsOnMoreThanTheDecisions) {
    static int runs = 0;
    runs = 0;
    const auto r =
        explore::check({.by = search::depth_first, .preemptions = 2, .keep_globals = true}, [] {
            std::atomic<int> counter{0};
            const bool odd = runs++ % 2 == 1;
            std::thread a([&] {
                if (odd) counter.fetch_add(1);
            });
            counter.fetch_add(1);
            counter.fetch_add(1);
            a.join();
        });
    ASSERT_TRUE(r.found);
    EXPECT_EQ(r.found->kind, "misuse");
    EXPECT_NE(r.found->text.find("same decisions"), std::string::npos);
}

TEST(SearchTest, GlobalsAreTheSameBeforeEachExecution) {
    static int runs = 7;
    const auto r = explore::check({.executions = 100}, [] {
        explore::require(runs == 7, "left by the execution before");
        ++runs;
    });
    EXPECT_TRUE(r.ok()) << r.report;
    EXPECT_EQ(runs, 7);
}

// No bound on the time: that is the machine's affair.
TEST(SearchTest, SaysHowFastItIs) {
    double most = 0;
    double most_of_processor = 0;
    for (int i = 0; i != 5; ++i) {
        const auto begin = std::clock();
        const auto r = explore::check({.executions = 50'000}, [] { add_in_two_steps(); });
        const auto seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        EXPECT_TRUE(r.ok()) << r.report;
        const auto executions = static_cast<double>(r.executions);
        most = std::max(most, executions / r.seconds);
        most_of_processor = std::max(most_of_processor, executions / seconds);
    }
    std::printf("two threads, a lost update: %.0f executions a second, %.0f of processor time\n",
                most, most_of_processor);
}

}  // namespace
