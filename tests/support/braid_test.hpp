#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "common/lifecycle.hpp"

namespace braid_test {

// The fixture of every test: no task that the test started may be left at its end.
//
//     class ChannelTest : public braid_test::fixture {};
class fixture : public ::testing::Test {
protected:
    void TearDown() override { EXPECT_EQ(braid::lifecycle::leak_report(before_), ""); }

private:
    braid::lifecycle::leak_filter before_ = braid::lifecycle::leak_filter::ignore_current();
};

// How often a test repeats what chance decides: `n`, less under a sanitizer.
inline int repeat(int n) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return n / 10 + 1;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
    return n / 10 + 1;
#else
    return n;
#endif
#else
    return n;
#endif
}

// A task that ends in a deadlock report ends the process with this status, a leak at the end of
// main with that one.
inline constexpr int deadlock_status = 2;
inline constexpr int leak_status = 23;

}  // namespace braid_test
