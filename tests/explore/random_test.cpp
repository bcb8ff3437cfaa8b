// What the program gets by chance is the same in each execution.
#include <gtest/gtest.h>
#include <sys/random.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

std::string draw() {
    unsigned bytes = 0;
    explore::require(getrandom(&bytes, sizeof bytes, 0) == sizeof bytes, "too few bytes");
    return std::to_string(std::random_device()()) + ' ' + std::to_string(std::rand()) + ' ' +
           std::to_string(random()) + ' ' + std::to_string(bytes);
}

TEST(RandomTest, NumbersAreTheSameInEachExecution) {
    const auto outcomes =
        explore::count_outcomes({.executions = 20}, [] { explore::outcome(draw()); });
    EXPECT_EQ(outcomes.size(), 1);
}

TEST(RandomTest, TheyDecideHowASearchGoesOn) {
    expect_right([] {
        std::random_device device;
        std::minstd_rand numbers(device());
        std::atomic<int> counter{0};
        std::thread a([&, n = numbers() % 5] {
            for (unsigned i = 0; i != n; ++i) counter.fetch_add(1);
        });
        counter.fetch_add(1);
        a.join();
    });
}

TEST(RandomTest, AfterTheSameSeedTheyAreTheSame) {
    expect_right([] {
        std::srand(7);
        const int first = std::rand();
        const int second = std::rand();
        std::srand(7);
        explore::require(std::rand() == first && first != second, "other numbers");
    });
}

TEST(RandomTest, OutsideOfAnExecutionTheyAreReal) {
    std::set<unsigned> numbers;
    std::random_device device;
    for (int i = 0; i != 4; ++i) numbers.insert(device());
    EXPECT_GT(numbers.size(), 1);
    std::srand(7);
    const int first = std::rand();
    std::srand(7);
    EXPECT_EQ(std::rand(), first);
}

}  // namespace
