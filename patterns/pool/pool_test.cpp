// Go's src/sync/pool_test.go, by behaviour, and what C++ adds: lifetimes, exceptions, misuse.
//
// Changed:
//   TestPool                    Go gives back a before b (PO-5), and promises no order (PO-1); here
//                               the last one put is the first one out, and neither do we promise it
//   runtime.GC                  is trim (PO-10)
//   TestPoolDequeue, Chain      there is no lock-free queue inside: the same through try_get
// Left out: TestNilPool (PO-9), a pool is an object; PO-8, see the README.
#include "patterns/pool/pool.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "common/channel.hpp"
#include "common/task.hpp"
#include "patterns/wait_group/wait_group.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::pool_test {

using braid_test::child;
using braid_test::dies_of;
using braid_test::repeat;
using ::testing::HasSubstr;

class PoolTest : public braid_test::fixture {};
class PoolDeathTest : public ::testing::Test {};

// Counts how many of its kind are alive. Neither copied nor moved.
struct counted {
    explicit counted(int& alive) : alive_(alive) { ++alive_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { --alive_; }

private:
    int& alive_;
};

// Lends an object and takes it back; where it is, and is not to be touched any more.
template <class T>
T* lent_and_back(pool<T>& p) {
    T* at = nullptr;
    {
        const auto object = p.loan();
        at = object.get();
    }
    return at;
}

// --- Go's tests ----------------------------------------------------------------------------------

TEST_F(PoolTest, WhatWasPutIsFoundAgainThenNothing) {  // TestPool: PO-1, PO-5
    pool<std::string> p;
    EXPECT_EQ(p.try_get(), nullptr);
    auto a = p.get(), b = p.get();
    *a = "a";
    *b = "b";
    p.put(std::move(a));
    p.put(std::move(b));
    const auto first = p.try_get(), second = p.try_get();
    ASSERT_NE(first, nullptr);
    ASSERT_NE(second, nullptr);
    EXPECT_EQ((std::set<std::string>{*first, *second}), (std::set<std::string>{"a", "b"}));
    EXPECT_EQ(p.try_get(), nullptr);
}

TEST_F(PoolTest, AnUnusedObjectSurvivesOneTrimAndIsGoneAfterTwo) {  // TestPool: PO-4, PO-10
    int alive = 0;
    pool<counted> p([&] { return counted(alive); });
    std::vector<pooled<counted>> all;
    all.reserve(100);  // so many that they spill from the worker's cache
    for (int i = 0; i < 100; ++i) all.push_back(p.get());
    for (auto& c : all) p.put(std::move(c));
    EXPECT_EQ(alive, 100);
    p.trim();
    EXPECT_EQ(alive, 100);
    EXPECT_NE(p.try_get(), nullptr);  // and it is destroyed here
    EXPECT_EQ(alive, 99);
    p.trim();
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(p.try_get(), nullptr);
}

TEST_F(PoolTest, AnObjectThatIsUsedSurvivesEveryTrim) {  // PO-4
    int alive = 0;
    pool<counted> p([&] { return counted(alive); });
    const counted* const first = lent_and_back(p);
    for (int i = 0; i < 5; ++i) {
        p.trim();
        EXPECT_EQ(lent_and_back(p), first);
    }
    p.trim();
    p.trim();
    EXPECT_EQ(alive, 0);
}

TEST_F(PoolTest, MakesOneOnlyWhenThereIsNoneToReuse) {  // TestPoolNew: PO-1
    int made = 0;
    pool<int> p([&] { return ++made; });
    const auto one = p.get();
    auto two = p.get();
    EXPECT_EQ(*one, 1);
    EXPECT_EQ(*two, 2);
    *two = 42;
    p.put(std::move(two));
    const auto again = p.get();
    EXPECT_EQ(*again, 42);
    EXPECT_EQ(*p.get(), 3);
}

// TestPoolGC, without the one in a hundred that a collector may miss.
TEST_F(PoolTest, HoldsNothingThatItHasHandedOut) {  // PO-7
    int alive = 0;
    pool<counted> p([&] { return counted(alive); });
    {
        std::vector<pooled<counted>> all;
        all.reserve(100);
        for (int i = 0; i < 100; ++i) all.push_back(p.get());
        for (auto& c : all) p.put(std::move(c));
    }
    for (int left = 100; left > 0; --left) {
        ASSERT_EQ(alive, left);
        ASSERT_NE(p.try_get(), nullptr);
    }
    EXPECT_EQ(alive, 0);
}

TEST_F(PoolTest, ItsEndReleasesWhatIsInIt) {  // TestPoolRelease: PO-7
    int alive = 0;
    {
        pool<counted> p([&] { return counted(alive); });
        auto a = p.get(), b = p.get(), c = p.get();
        p.put(std::move(a));
        p.trim();
        p.put(std::move(b));
        EXPECT_EQ(alive, 3);
    }
    EXPECT_EQ(alive, 0);
}

// TestPoolStress. The count in it is plain: an object with two owners is a race.
TEST_F(PoolTest, NoObjectEverHasTwoOwners) {  // I1, MM-10
    struct object {
        int owners = 0;
    };
    pool<object> p;
    wait_group wg;
    std::atomic<int> shared{0};
    for (int i = 0; i < 10; ++i)
        wg.go([&] {
            for (int j = 0; j < repeat(20'000); ++j) {
                auto one = p.get();
                shared += ++one->owners != 1;
                {
                    const auto other = p.loan();
                    shared += ++other->owners != 1;
                    --other->owners;
                }
                --one->owners;
                p.put(std::move(one));
                if (j % 1024 == 0) p.trim();
            }
        });
    wg.wait();
    EXPECT_EQ(shared, 0);
}

// TestPoolDequeue, TestPoolChain: one puts, and takes back one in ten, nine steal.
TEST_F(PoolTest, EveryObjectIsTakenOnce) {  // I1
    const auto n = static_cast<std::size_t>(repeat(20'000));
    pool<std::size_t> p;
    std::vector<pooled<std::size_t>> made;
    made.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        made.push_back(p.get());
        *made.back() = i;
    }
    std::vector<int> times(n);  // each element is for whoever took that object
    std::atomic<std::size_t> taken{0};
    const auto take = [&] {
        const auto got = p.try_get();
        if (got == nullptr) return false;
        ++times[*got];
        ++taken;
        return true;
    };
    wait_group wg;
    for (int i = 0; i < 9; ++i)
        wg.go([&] {
            while (taken < n)
                if (!take()) this_task::yield();
        });
    for (std::size_t i = 0; i < n; ++i) {
        p.put(std::move(made[i]));
        if (i % 10 == 0) take();
    }
    wg.wait();
    EXPECT_EQ(times, std::vector<int>(n, 1));
    EXPECT_EQ(p.try_get(), nullptr);
}

// --- Where objects are kept ----------------------------------------------------------------------

TEST_F(PoolTest, WhatOneTaskPutsAnotherOneGets) {  // PO-3
    int alive = 0;
    pool<counted> p([&] { return counted(alive); });
    task putter = go([&] {
        std::vector<pooled<counted>> all;
        all.reserve(100);
        for (int i = 0; i < 100; ++i) all.push_back(p.get());
        for (auto& c : all) p.put(std::move(c));
    });
    putter.join();
    std::vector<pooled<counted>> all;
    all.reserve(100);
    for (int i = 0; i < 100; ++i) {
        all.push_back(p.try_get());
        ASSERT_NE(all.back(), nullptr) << i;
    }
    EXPECT_EQ(p.try_get(), nullptr);
    EXPECT_EQ(alive, 100);
}

TEST_F(PoolTest, TrimBesideOthersLosesNothingAndDestroysOnce) {
    struct object {
        explicit object(std::atomic<int>& n) : alive(n) { ++alive; }
        object(const object&) = delete;
        object& operator=(const object&) = delete;
        ~object() { --alive; }
        std::atomic<int>& alive;
    };
    std::atomic<int> alive{0};
    {
        pool<object> p([&] { return object(alive); });
        wait_group wg;
        for (int i = 0; i < 3; ++i)
            wg.go([&] {
                for (int j = 0; j < repeat(1000); ++j) {
                    std::array<pooled<object>, 40> mine;
                    for (auto& o : mine) o = p.get();
                    for (auto& o : mine) p.put(std::move(o));
                }
            });
        wg.go([&] {
            for (int j = 0; j < repeat(2000); ++j) p.trim();
        });
        wg.wait();
        p.trim();
        p.trim();
        EXPECT_EQ(alive, 0);
        p.put(p.get());
        EXPECT_EQ(alive, 1);
    }
    EXPECT_EQ(alive, 0);
}

TEST_F(PoolTest, AnyThreadMayUseIt) {
    pool<int> p;
    std::thread thread([&] { *p.loan() = 7; });
    thread.join();
    const auto got = p.try_get();
    ASSERT_NE(got, nullptr);
    EXPECT_EQ(*got, 7);
}

// --- Loans ---------------------------------------------------------------------------------------

TEST_F(PoolTest, ALoanGoesBackAtTheEndOfItsScope) {
    pool<std::string> p;
    const std::string* first = nullptr;
    {
        const auto text = p.loan();
        first = text.get();
        EXPECT_TRUE(text->empty());
        EXPECT_EQ(p.try_get(), nullptr);
    }
    EXPECT_EQ(p.get().get(), first);
}

TEST_F(PoolTest, ALoanGoesBackWhenAnExceptionEndsItsScope) {
    pool<int> p;
    try {
        const auto n = p.loan();
        *n = 7;
        throw std::runtime_error("no");
    } catch (const std::runtime_error&) {
    }
    const auto got = p.try_get();
    ASSERT_NE(got, nullptr);
    EXPECT_EQ(*got, 7);
}

TEST_F(PoolTest, ALoanThatWasMovedGoesBackOnce) {
    pool<int> p;
    auto out = make_channel<loaned<int>>(1);
    {
        auto n = p.loan();
        *n = 7;
        out.send(std::move(n));
    }
    EXPECT_EQ(p.try_get(), nullptr);
    {
        const auto n = *out.receive();
        EXPECT_EQ(*n, 7);
    }
    EXPECT_NE(p.try_get(), nullptr);  // and is destroyed
    EXPECT_EQ(p.try_get(), nullptr);
}

TEST_F(PoolTest, ALoanCanGoBackEarly) {
    pool<int> p;
    auto n = p.loan();
    n.reset();
    EXPECT_NE(p.try_get(), nullptr);
    EXPECT_EQ(n, nullptr);
}

// --- Putting -------------------------------------------------------------------------------------

TEST_F(PoolTest, NullIsIgnored) {  // PO-2
    pool<int> p;
    p.put(nullptr);
    auto n = p.get();
    p.put(std::move(n));
    p.put(std::move(n));  // NOLINT(bugprone-use-after-move): with a handle that is all it can be
    EXPECT_NE(p.try_get(), nullptr);
    EXPECT_EQ(p.try_get(), nullptr);
}

TEST_F(PoolTest, ARawPointerFindsItsWayBack) {
    pool<int> p;
    int* const raw = p.get().release();
    *raw = 7;
    p.put(pooled<int>(raw));
    EXPECT_EQ(*p.get(), 7);
    loaned<int>(p.get().release()).reset();
    EXPECT_NE(p.try_get(), nullptr);
}

TEST_F(PoolTest, ResetRunsAtEveryPutAndBeforeTheNextGet) {  // I3
    int resets = 0;
    pool<std::string> p([] { return std::string("new"); },
                        [&](std::string& s) {
                            ++resets;
                            s.clear();
                        });
    auto text = p.get();
    EXPECT_EQ(*text, "new");
    *text = "secret";
    p.put(std::move(text));
    EXPECT_EQ(resets, 1);
    {
        const auto again = p.loan();
        EXPECT_EQ(*again, "");
        *again = "secret";
    }
    EXPECT_EQ(resets, 2);
    EXPECT_EQ(*p.get(), "");  // the end of what is not put is not a put
    EXPECT_EQ(resets, 2);
}

TEST_F(PoolTest, ResetKeepsWhatTheObjectOwns) {
    pool<std::string> p([] { return std::string(); }, [](std::string& s) { s.clear(); });
    *p.loan() = std::string(4000, 'x');
    EXPECT_GE(p.loan()->capacity(), 4000U);
}

// --- Making --------------------------------------------------------------------------------------

TEST_F(PoolTest, TwoTasksMakeAtTheSameTime) {  // PO-6
    const auto meet = make_channel<unit>();
    std::atomic<int> made{0};
    pool<int> p([&] {
        if (made++ == 0)
            meet.send(unit{});
        else
            meet.receive();
        return 1;
    });
    task other = go([&] { static_cast<void>(p.get()); });
    static_cast<void>(p.get());
    other.join();
    EXPECT_EQ(made, 2);
}

TEST_F(PoolTest, MakeAndResetMayUseThePool) {  // PO-6: no lock is held
    pool<int>* self = nullptr;
    int made = 0;
    pool<int> p(
        [&] {
            if (++made == 1) self->put(self->get());
            return made;
        },
        [&](int& n) {
            if (n == 1) static_cast<void>(self->try_get());
        });
    self = &p;
    p.put(p.get());
    EXPECT_EQ(made, 2);
}

TEST_F(PoolTest, WhatMakeThrowsLeavesGet) {
    int tries = 0;
    pool<int> p([&] {
        if (++tries == 1) throw std::runtime_error("none");
        return 7;
    });
    EXPECT_THROW(static_cast<void>(p.get()), std::runtime_error);
    EXPECT_EQ(p.try_get(), nullptr);
    EXPECT_EQ(*p.loan(), 7);
}

struct alignas(256) page {
    char text[300] = "page";
};

struct no_default {
    explicit no_default(int n) : value(n) {}
    int value;
};
static_assert(!std::is_default_constructible_v<pool<no_default>>);
static_assert(!std::is_copy_constructible_v<pooled<int>>);
static_assert(!std::is_copy_constructible_v<loaned<int>>);
static_assert(!std::is_move_constructible_v<pool<int>>);

TEST_F(PoolTest, TakesAnyType) {
    pool<page> pages;
    for (int i = 0; i < 3; ++i) {
        const auto p = pages.loan();
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p.get()) % alignof(page), 0U);
        EXPECT_STREQ(p->text, "page");
    }
    pool<char> letters([] { return 'x'; });
    EXPECT_EQ(*letters.loan(), 'x');
    EXPECT_EQ(*letters.loan(), 'x');
    pool<no_default> others([] { return no_default(7); });
    EXPECT_EQ(others.loan()->value, 7);
    pool<std::unique_ptr<int>> pointers([] { return std::make_unique<int>(7); });
    EXPECT_EQ(**pointers.loan(), 7);
}

// --- Misuse --------------------------------------------------------------------------------------

TEST_F(PoolDeathTest, PuttingTwiceEndsTheProcess) {  // I1
    EXPECT_EXIT(child([] {
                    pool<int> p;
                    int* const raw = p.get().release();
                    p.put(pooled<int>(raw));
                    p.put(pooled<int>(raw));
                }),
                dies_of(SIGABRT),
                HasSubstr("braid: fatal: pool: put of an object that is in the pool"));
    EXPECT_EXIT(child([] {
                    pool<int> p;
                    auto lent = p.loan();
                    p.put(pooled<int>(lent.get()));
                }),
                dies_of(SIGABRT), HasSubstr("put of an object that is in the pool"));
}

// Both put at once, each to its own cache: only the bit can tell.
TEST_F(PoolDeathTest, PuttingTwiceFromTwoTasksEndsTheProcess) {  // I1
    EXPECT_EXIT(child([] {
                    pool<int> p;
                    int* const raw = p.get().release();
                    const auto start = make_channel<unit>();
                    const auto put = [&] {
                        start.receive();
                        p.put(pooled<int>(raw));
                    };
                    task a = go(put), b = go(put);
                    start.close();
                    a.join();
                    b.join();
                }),
                dies_of(SIGABRT), HasSubstr("put of an object that is in the pool"));
}

TEST_F(PoolDeathTest, DestroyingWhatIsInThePoolEndsTheProcess) {  // I1
    EXPECT_EXIT(child([] {
                    pool<int> p;
                    int* const raw = p.get().release();
                    p.put(pooled<int>(raw));
                    pooled<int>(raw).reset();
                }),
                dies_of(SIGABRT), HasSubstr("end of a handle whose object is in the pool"));
}

TEST_F(PoolDeathTest, PuttingWhatIsOfAnotherPoolEndsTheProcess) {
    EXPECT_EXIT(child([] {
                    pool<int> ours, theirs;
                    ours.put(theirs.get());
                }),
                dies_of(SIGABRT), HasSubstr("pool: put of an object that it did not make"));
}

TEST_F(PoolDeathTest, PuttingWhatIsOfNoPoolEndsTheProcess) {
    EXPECT_EXIT(child([] {
                    struct {
                        std::uintptr_t before[8] = {};
                        int object = 0;
                    } mine;
                    pool<int> p;
                    p.put(pooled<int>(&mine.object));
                }),
                dies_of(SIGABRT), HasSubstr("pool: put of an object that it did not make"));
}

TEST_F(PoolDeathTest, AResetThatThrowsEndsTheProcess) {
    EXPECT_EXIT(child([] {
                    pool<int> p([] { return 1; }, [](int&) { throw std::runtime_error("oops"); });
                    static_cast<void>(p.loan());
                }),
                dies_of(SIGABRT), HasSubstr("oops"));
}

TEST_F(PoolDeathTest, UseAfterPutIsSeenByAddressSanitizer) {  // I2
    if (!braid_test::address_sanitizer) GTEST_SKIP() << "only AddressSanitizer sees it";
    const auto use_after_put = HasSubstr("use-after-poison");
    EXPECT_DEATH(child([] {
                     pool<int> p;
                     auto n = p.get();
                     int& kept = *n;
                     p.put(std::move(n));
                     kept = 1;
                 }),
                 use_after_put);
    EXPECT_DEATH(child([] {
                     pool<char> p;  // smaller than what the sanitizer's shadow can tell apart
                     const char* const kept = lent_and_back(p);
                     std::printf("%c", *kept);
                 }),
                 use_after_put);
    EXPECT_DEATH(child([] {
                     pool<page> p;
                     const page* const kept = lent_and_back(p);
                     p.trim();
                     std::printf("%c", kept->text[299]);
                 }),
                 use_after_put);
}

}  // namespace braid::pool_test
