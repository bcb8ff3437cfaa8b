#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/explore/explore.hpp"

// A right program: no search finds anything, and that of all schedules is complete. The result is
// that of the last.
inline explore::result expect_right(const std::function<void()>& body, int preemptions = 2) {
    for (const auto by : {explore::search::random, explore::search::pct}) {
        const auto r = explore::check({.by = by, .executions = 3'000}, body);
        EXPECT_TRUE(r.ok()) << r.report;
    }
    const auto r = explore::check(
        {.by = explore::search::depth_first, .preemptions = preemptions, .executions = 200'000},
        body);
    EXPECT_TRUE(r.ok()) << r.report;
    EXPECT_TRUE(r.complete) << r.report;
    return r;
}

// A wrong program: both searches find what is wrong, and replays show the same. The result is that
// of the depth-first search.
inline explore::result expect_wrong(const std::string& kind, const std::function<void()>& body) {
    const auto by_chance = explore::check({.by = explore::search::random}, body);
    EXPECT_TRUE(by_chance.found) << by_chance.report;
    if (by_chance.found) {
        EXPECT_EQ(by_chance.found->kind, kind) << by_chance.report;
    }
    auto r = explore::check({.by = explore::search::depth_first, .executions = 200'000}, body);
    EXPECT_TRUE(r.found) << r.report;
    if (!r.found) {
        r.found.emplace();
        return r;
    }
    EXPECT_EQ(r.found->kind, kind) << r.report;
    const auto again =
        explore::check({.by = explore::search::replay, .decisions = r.decisions}, body);
    EXPECT_EQ(again.report, r.report);
    return r;
}
