// Histories as they are recorded, and broken objects that only they give away.
#include <atomic>
#include <stdexcept>

#include "tests/explore/braid/lock_models.hpp"
#include "tests/explore/braid/scenarios.hpp"

namespace {

using namespace explore;

TEST(HistoryTest, ToRecordOrdersNobody) {
    const auto r = check({.by = search::depth_first}, [] {
        int plain = 0;
        const auto writes = [&](int task) {
            ends(begins(task, 0, 0), 0);
            ++plain;
            ends(begins(task, 0, 0), 0);
        };
        std::thread a(writes, 1);
        std::thread b(writes, 2);
        a.join();
        b.join();
    });
    ASSERT_TRUE(r.found);
    EXPECT_EQ(r.found->kind, "data-race");
}

std::string_view order_of(const operation& a, const operation& b) {
    if (a.returned < b.invoked) return "first, second";
    if (b.returned < a.invoked) return "second, first";
    return "overlap";
}

// So two operations of one step each never overlap.
TEST(HistoryTest, OperationBeginsWithItsFirstStep) {
    const auto r = check({.by = search::depth_first}, [] {
        std::atomic<int> value{0};
        const auto adds = [&](int task) {
            const int number = begins(task, 0, 0);
            ends(number, value.fetch_add(1));
        };
        std::thread a(adds, 1);
        std::thread b(adds, 2);
        a.join();
        b.join();
        outcome(order_of(history()[0], history()[1]));
    });
    EXPECT_TRUE(r.complete) << r.report;
    EXPECT_EQ(r.outcomes.size(), 2U) << r.report;
    EXPECT_EQ(r.outcomes.count("overlap"), 0U) << r.report;
}

// Its tries look first and lock then, so two can have it.
class hasty_mutex {
public:
    answer call(int, step) {
        if (locked_.load()) return {0};
        locked_.store(true);
        return {1};
    }

private:
    std::atomic<bool> locked_{false};
};

TEST(HistoryTest, ShowsTwoInOneLock) {
    const auto r = search_one("try_lock | try_lock", mutex_model{}, [] { return new hasty_mutex; });
    ASSERT_TRUE(r.found);
    EXPECT_NE(r.found->text.find("task 2: try_lock(0) -> 1"), std::string::npos) << r.report;
}

// A semaphore of 1 that wakes nobody.
class silent_semaphore {
public:
    answer call(int, step s) {
        if (s.what == semaphore_model::release) {
            free_.store(1);
            return {};
        }
        while (free_.exchange(0) == 0) free_.wait(0);
        return {1};
    }

private:
    std::atomic<int> free_{1};
};

TEST(HistoryTest, ShowsALostWakeUp) {
    const auto r = search_one("acquire1 release1 | acquire1", semaphore_model(1),
                              [] { return new silent_semaphore; });
    ASSERT_TRUE(r.found);
    EXPECT_NE(r.found->text.find("acquire(1) has not returned"), std::string::npos) << r.report;
}

TEST(ScenariosTest, AllOfCountsEachOnce) {
    EXPECT_EQ(all_of({"a", "b"}, {1, 1}).size(), 3U);
    EXPECT_EQ(all_of({"a", "b"}, {1, 1, 1}).size(), 4U);
    EXPECT_EQ(all_of({"a", "b"}, {2, 1}).size(), 8U);
    EXPECT_EQ(all_of({"lock unlock", "try_lock"}, {1, 1})[1], "lock unlock | try_lock");
}

TEST(ScenariosTest, NamesMustBeKnown) {
    EXPECT_THROW(static_cast<void>(parse("lock | lokc", mutex_model::names)),
                 std::invalid_argument);
    const scenario tasks = parse("lock | settle unlock", mutex_model::names);
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[1][0].what, settle);
    EXPECT_EQ(tasks[1][1].what, mutex_model::unlock);
}

}  // namespace
