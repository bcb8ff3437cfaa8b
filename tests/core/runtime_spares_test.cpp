// What tasks leave behind for later ones: magazines, and small blocks of memory. And what lets a
// select look without a lock.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "common/runtime/magazines.hpp"
#include "common/runtime/spares.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::runtime_spares_test {

using namespace braid_test;

class MagazinesTest : public fixture {};
class BlocksTest : public fixture {};
class LockCountTest : public fixture {};

struct thing : runtime::spare<thing> {
    std::atomic<bool> used{false};
};

using magazines = runtime::magazines<thing>;

TEST_F(MagazinesTest, GiveTheLastOneFirst) {
    runtime::depot<thing> shared;
    magazines m(shared);
    EXPECT_EQ(m.take(), nullptr);
    std::array<thing, 3> all;
    for (thing& t : all) m.give(t);
    EXPECT_EQ(m.take(), &all[2]);
    EXPECT_EQ(m.take(), &all[1]);
    m.give(all[2]);
    EXPECT_EQ(m.take(), &all[2]);
    EXPECT_EQ(m.take(), &all[0]);
    EXPECT_EQ(m.take(), nullptr);
}

TEST_F(MagazinesTest, KeepEveryThingOnce) {
    runtime::depot<thing> shared;
    magazines m(shared);
    std::vector<thing> all(1000);
    for (int round = 0; round < 3; ++round) {
        for (thing& t : all) m.give(t);
        std::set<thing*> taken;
        while (thing* const t = m.take()) EXPECT_TRUE(taken.insert(t).second);
        EXPECT_EQ(taken.size(), all.size());
    }
}

// Two magazines stay, the others are for those who need them.
TEST_F(MagazinesTest, PassOnWhatIsMoreThanTwoOfThem) {
    runtime::depot<thing> shared;
    magazines gives(shared);
    magazines takes(shared);
    std::vector<thing> all(1000);
    for (thing& t : all) gives.give(t);
    std::size_t taken = 0;
    while (takes.take() != nullptr) ++taken;
    EXPECT_GE(taken, all.size() - std::size_t{2 * 64});
    std::size_t kept = 0;
    while (gives.take() != nullptr) ++kept;
    EXPECT_EQ(taken + kept, all.size());
}

TEST_F(MagazinesTest, NeverGiveOneThingToTwo) {
    runtime::depot<thing> shared;
    const int rounds = repeat(20'000);
    std::vector<thing> all(400);
    std::vector<task> users;
    for (std::size_t u = 0; u < 4; ++u)
        users.push_back(go({.own_thread = true}, [&, u] {
            magazines mine(shared);
            for (std::size_t i = 100 * u; i < 100 * (u + 1); ++i) mine.give(all[i]);
            std::vector<thing*> held;
            for (int i = 0; i < rounds; ++i) {
                const auto wanted = static_cast<std::size_t>(i * 37 % 300);
                while (held.size() < wanted) {
                    thing* const t = mine.take();
                    if (t == nullptr) break;
                    EXPECT_FALSE(t->used.exchange(true));
                    held.push_back(t);
                }
                while (held.size() > wanted) {
                    held.back()->used = false;
                    mine.give(*held.back());
                    held.pop_back();
                }
            }
        }));
}

TEST_F(BlocksTest, AreAsLargeAsAskedForAndAligned) {
    std::vector<std::pair<unsigned char*, std::size_t>> all;
    for (std::size_t size = 1; size <= 400; ++size) {
        auto* const block = static_cast<unsigned char*>(runtime::take_block(size));
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U);
        std::memset(block, static_cast<int>(size % 251), size);
        all.emplace_back(block, size);
    }
    for (const auto& [block, size] : all) {
        const auto mine = static_cast<unsigned char>(size % 251);
        EXPECT_TRUE(std::all_of(block, block + size, [&](unsigned char c) { return c == mine; }));
        runtime::give_block(block, size);
    }
}

// Tasks on threads of their own are no workers: they share their spare blocks.
TEST_F(BlocksTest, AreNobodyElsesOnThreadsThatAreNoWorkers) {
    constexpr std::size_t size = 100;
    const auto rounds = static_cast<std::size_t>(repeat(100'000));
    std::vector<task> users;
    for (unsigned char mark = 1; mark <= 4; ++mark)
        users.push_back(go({.own_thread = true}, [=] {
            std::array<unsigned char*, 8> held{};
            for (std::size_t i = 0; i < rounds + held.size(); ++i) {
                unsigned char*& block = held[i % held.size()];
                if (block != nullptr) {
                    EXPECT_TRUE(std::all_of(block, block + size,
                                            [=](unsigned char c) { return c == mark; }));
                    runtime::give_block(std::exchange(block, nullptr), size);
                }
                if (i >= rounds) continue;
                block = static_cast<unsigned char*>(runtime::take_block(size));
                std::memset(block, mark, size);
            }
        }));
}

TEST_F(BlocksTest, MayEndElsewhere) {
    const int rounds = repeat(2000);
    for (int i = 0; i < rounds; ++i) {
        void* const block = runtime::take_block(100);
        std::memset(block, 1, 100);
        go([=] { runtime::give_block(block, 100); }).join();
    }
}

// The two are equal whenever nobody holds the lock. Who finds it free, and later the same count,
// has seen them so.
TEST_F(LockCountTest, TellsWhetherAllWasSeenAtOneMoment) {
    runtime::lock mutex;
    std::atomic<int> one{0};
    std::atomic<int> two{0};
    std::atomic<bool> stop{false};
    const task writes = go({.own_thread = true}, [&] {
        while (!stop) {
            {
                const runtime::locked hold(mutex);
                one.store(one.load() + 1, std::memory_order_release);
                two.store(two.load() + 1, std::memory_order_release);
            }
            this_task::yield();
        }
    });
    int seen = 0;
    const int wanted = repeat(20'000);
    while (seen < wanted) {
        const std::uint32_t count = mutex.count();
        if (mutex.held()) continue;
        const int first = one.load(std::memory_order_acquire);
        const int second = two.load(std::memory_order_acquire);
        if (mutex.count() != count) continue;
        EXPECT_EQ(first, second);
        ++seen;
    }
    stop = true;
}

}  // namespace braid::runtime_spares_test
