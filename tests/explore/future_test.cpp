// Futures, and the three that keep what they promise: std::async, std::promise, std::packaged_task.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

using namespace std::chrono_literals;

TEST(PackagedTaskTest, CarriesWhatItsFunctionReturns) {
    expect_right([] {
        std::packaged_task<int(int)> twice([](int n) { return 2 * n; });
        auto result = twice.get_future();
        std::thread a(std::move(twice), 21);
        explore::require(result.get() == 42, "another answer");
        a.join();
    });
}

TEST(PackagedTaskTest, ThatNobodyCallsIsADeadlock) {
    expect_wrong("deadlock", [] {
        std::packaged_task<int()> never([] { return 1; });
        auto result = never.get_future();
        std::thread a([&] { result.wait(); });
        a.join();
    });
}

TEST(FutureTest, CarriesAValue) {
    expect_right([] {
        auto answer =
            std::async(std::launch::async, [] { return std::string("a long answer ......"); });
        explore::require(answer.get().size() == 20, "another answer");
    });
}

TEST(FutureTest, CanBeWaitedForWithATimeout) {
    expect_right([] {
        auto answer = std::async(std::launch::async, [] {
            std::this_thread::sleep_for(10s);
            return 42;
        });
        explore::require(answer.wait_for(1s) == std::future_status::timeout, "too early");
        explore::require(answer.get() == 42, "another answer");
    });
}

TEST(FutureTest, MayBeShared) {
    expect_right([] {
        std::promise<int> promise;
        const std::shared_future<int> answer = promise.get_future().share();
        const auto look = [answer] { explore::require(answer.get() == 42, "another answer"); };
        std::thread a(look);
        std::thread b(look);
        promise.set_value(42);
        a.join();
        b.join();
    });
}

TEST(FutureTest, AVoidOneOrdersOnlyWhatCameBefore) {
    int line = 0;
    const auto r = expect_wrong("data-race", [&] {
        int data = 0;
        std::promise<void> promise;
        std::thread a([&] {
            promise.set_value();
            data = 1;
        });
        promise.get_future().wait();
        line = __LINE__ + 1;
        explore::require(data >= 0, "another value");
        a.join();
    });
    EXPECT_EQ(r.found->place, "future_test.cpp:" + std::to_string(line)) << r.report;
}

TEST(FutureTest, CarriesAnException) {
    expect_right([] {
        std::promise<int> promise;
        std::thread a([&] {
            try {
                throw std::runtime_error("none");
            } catch (...) {
                promise.set_exception(std::current_exception());
            }
        });
        try {
            promise.get_future().get();
            explore::fail("no exception");
        } catch (const std::runtime_error& e) {
            explore::require(std::string(e.what()) == "none", "another exception");
        }
        a.join();
    });
}

TEST(FutureTest, APromiseThatIsKeptTooLongIsADeadlock) {
    expect_wrong("deadlock", [] {
        std::promise<int> promise;
        promise.get_future().get();
    });
}

}  // namespace
