#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

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

// Which sanitizer this build has.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitizer = true, address_sanitizer = false;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr bool thread_sanitizer = false, address_sanitizer = true;
#elif defined(__has_feature)
inline constexpr bool thread_sanitizer = __has_feature(thread_sanitizer);
inline constexpr bool address_sanitizer = __has_feature(address_sanitizer);
#else
inline constexpr bool thread_sanitizer = false, address_sanitizer = false;
#endif

}  // namespace braid_test
