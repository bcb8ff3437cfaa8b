#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/runtime/sanitizers.hpp"
#include "common/task.hpp"

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

// How often a test repeats what chance decides: `n`, less under a sanitizer, or where the suite
// runs in many ways (BRAID_TEST_LESS=1).
inline int repeat(int n) {
    static const bool less = std::getenv("BRAID_TEST_LESS") != nullptr;
    return BRAID_TSAN || BRAID_ASAN ? n / 10 + 1 : less ? n / 5 + 1 : n;
}

// The fixture of programs that have to be free of races. Each runs many times: half of them as it
// comes, half with the others parked, or at their end, before meet() returns. (That orders nothing:
// the registry is hidden from ThreadSanitizer.)
class race_fixture : public fixture {
protected:
    template <class F>
    void many_times(F program) {
        const int n = repeat(500);
        for (int i = 0; i < n; ++i) {
            wait_ = i % 2 == 1;
            program();
        }
    }

    void meet() const {
        if (wait_) braid::lifecycle::settle();
    }

private:
    bool wait_ = false;
};

// Runs f(0) .. f(n-1), each in a task, and waits for their end.
inline void run_tasks(int n, const std::function<void(int)>& f) {
    std::vector<braid::task> tasks;
    for (int i = 0; i < n; ++i) tasks.push_back(braid::go([&f, i] { f(i); }));
    for (braid::task& t : tasks) t.join();
}

// The text of the E that f throws; empty if it throws nothing.
template <class E, class F>
std::string thrown_by(const F& f) {
    try {
        f();
        return "";
    } catch (const E& e) {
        return e.what();
    }
}

// The text of an exception; empty if there is none.
inline std::string text_of(const std::exception_ptr& e) {
    return thrown_by<std::exception>([&] {
        if (e != nullptr) std::rethrow_exception(e);
    });
}

// A task that ends in a deadlock report ends the process with this status, a leak at the end of
// main with that one.
inline constexpr int deadlock_status = 2;
inline constexpr int leak_status = 23;

}  // namespace braid_test
