#pragma once

#include "tests/explore/expect.hpp"

// By chance, by priorities, and in every schedule with at most two preemptions nothing goes wrong.
inline void expect_nothing(const std::function<void()>& body) {
    for (const auto by : {explore::search::random, explore::search::pct}) {
        const auto r = explore::check({.by = by}, body);
        EXPECT_TRUE(r.ok()) << r.report;
    }
    expect_right(body);
}
