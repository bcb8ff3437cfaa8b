#pragma once

#include <cstdio>
#include <string>

#include "tests/explore/expect.hpp"

// expect_right and expect_wrong, that say what has come of it.

inline std::string name_of_this_test() {
    const auto& test = *testing::UnitTest::GetInstance()->current_test_info();
    return std::string(test.test_suite_name()) + '.' + test.name();
}

inline void expect_nothing(const std::function<void()>& body) {
    const auto r = expect_right(body);
    std::printf("%s: nothing, complete after %lu schedules\n", name_of_this_test().c_str(),
                static_cast<unsigned long>(r.executions));
}

inline void expect_found(const std::string& kind, const std::function<void()>& body) {
    const auto r = expect_wrong(kind, body);
    const auto by_chance = explore::check({}, body);
    std::printf("%s: %s, depth-first after %lu schedules, at random after %lu\n",
                name_of_this_test().c_str(), kind.c_str(), static_cast<unsigned long>(r.executions),
                static_cast<unsigned long>(by_chance.executions));
}
