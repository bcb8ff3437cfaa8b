#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "common/runtime/sanitizers.hpp"

// Death tests run their program anew, with main and one statement:
//
//     EXPECT_EXIT(child([] { make_channel<int>().receive(); }), exits(2), HasSubstr("deadlock"));
//
// What Braid reads from the environment, it reads at its first use, so the child sets it first. The
// suites of such tests use ::testing::Test: braid_test::fixture uses Braid.
namespace braid_test {

// Runs `body` as a main function that returns 0. A child that hangs dies of SIGALRM, which no test
// expects.
template <class F>
[[noreturn]] void child(F body) {
    alarm(30);
    body();
    std::exit(0);
}

inline void set_environment(const char* name, const std::string& value) {
    ASSERT_EQ(setenv(name, value.c_str(), 1), 0);
}

// A child with the leak check at its end.
template <class F>
[[noreturn]] void checked_child(F body) {
    set_environment("BRAID_LEAKS", "1");
    child(body);
}

inline ::testing::ExitedWithCode exits(int status) { return ::testing::ExitedWithCode(status); }
inline ::testing::KilledBySignal dies_of(int signal) { return ::testing::KilledBySignal(signal); }

// On a line of its own, so that the order of what is written can be told.
inline void say(const std::string& text) {
    const std::string line = text + "\n";
    if (write(STDERR_FILENO, line.data(), line.size()) < 0) std::abort();
}

// What was written has `first`, and after it `then`.
MATCHER_P2(HasInOrder, first, then, "") {
    const std::size_t at = arg.find(first);
    return at != std::string::npos && arg.find(then, at) != std::string::npos;
}

inline constexpr bool thread_sanitizer = BRAID_TSAN != 0, address_sanitizer = BRAID_ASAN != 0;

}  // namespace braid_test
