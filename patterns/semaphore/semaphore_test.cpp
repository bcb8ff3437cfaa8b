// Go's x/sync semaphore/semaphore_test.go and its example, and the semaphores that are channels of
// src/runtime/race/testdata/chan_test.go, by behaviour; and what C++ adds: misuse, guards,
// lifetimes, the deadlock report.
#include "patterns/semaphore/semaphore.hpp"

#include <array>
#include <atomic>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "common/select.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "patterns/context/context.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"
#include "tests/support/relay.hpp"

namespace braid::semaphore_test {

using namespace std::chrono_literals;
using braid_test::child;
using braid_test::deadlock_status;
using braid_test::exits;
using braid_test::relay;
using braid_test::repeat;
using braid_test::run_tasks;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SemaphoreTest : public braid_test::fixture {};
class PermitsTest : public braid_test::fixture {};
class SemaphoreDeathTest : public ::testing::Test {};

static_assert(!std::is_copy_constructible_v<semaphore> && !std::is_move_constructible_v<semaphore>);
static_assert(!std::is_copy_constructible_v<permits> && !std::is_copy_assignable_v<permits>);
static_assert(std::is_nothrow_move_constructible_v<permits>);

constinit semaphore before_main(2);

template <class F>
std::string misuse(const F& f) {
    return braid_test::thrown_by<std::logic_error>(f);
}

// Acquirers that come one after the other, and a list of those that got in.
class line {
public:
    explicit line(std::ptrdiff_t capacity) : s(capacity) {}

    // Comes, and has either got in or waits when this returns.
    void comes(const std::string& name, std::ptrdiff_t n, const context& ctx = background()) {
        tasks_.push_back(go({.name = name}, [this, name, n, ctx] {
            const bool in = s.acquire(ctx, n);
            events_.send(in ? name : name + " gave up");
        }));
        lifecycle::settle();
    }

    // Who got in, or gave up, since the last call.
    std::vector<std::string> news() {
        lifecycle::settle();
        std::vector<std::string> all;
        while (auto event = events_.try_receive()) all.push_back(*event);
        return all;
    }

    semaphore s;

private:
    const channel<std::string> events_ = make_channel<std::string>(100);
    std::vector<task> tasks_;
};

// --- Counting ------------------------------------------------------------------------------------

TEST_F(SemaphoreTest, IsUsableBeforeMain) {
    before_main.acquire(2);
    EXPECT_FALSE(before_main.try_acquire());
    before_main.release(2);
    EXPECT_EQ(before_main.capacity(), 2);
}

// TestWeightedTryAcquire.
TEST_F(SemaphoreTest, TryAcquireTakesWhatIsFreeAndDoesNotBlock) {  // SM-1, I1
    semaphore s(2);
    EXPECT_TRUE(s.try_acquire(1));
    EXPECT_FALSE(s.try_acquire(2));
    EXPECT_TRUE(s.try_acquire(1));
    EXPECT_FALSE(s.try_acquire(1));
    EXPECT_EQ(s.available(), 0);
    s.release(2);
    EXPECT_EQ(s.available(), 2);
    EXPECT_TRUE(s.try_acquire(2));
}

// TestWeightedAcquire: the same with acquires that wait only until their context is done.
TEST_F(SemaphoreTest, AcquireWaitsUntilThePermitsAreFreeOrTheContextIsDone) {  // SM-1
    semaphore s(2);
    const auto acquired = [&](std::ptrdiff_t n) {
        const auto ctx = with_timeout(background(), 10ms);
        return s.acquire(ctx, n);
    };
    EXPECT_TRUE(s.acquire(background()));
    EXPECT_FALSE(acquired(2));
    EXPECT_TRUE(acquired(1));
    EXPECT_FALSE(acquired(1));
    s.release(2);
    EXPECT_TRUE(acquired(2));
}

TEST_F(SemaphoreTest, AnAcquireThatWaitsGoesOnWithTheRelease) {  // SM-1, SM-6
    line l(3);
    l.s.acquire(2);
    l.comes("two", 2);
    EXPECT_THAT(l.news(), ElementsAre());
    l.s.release();
    EXPECT_THAT(l.news(), ElementsAre("two"));
    EXPECT_EQ(l.s.available(), 0);
}

// TestWeighted, and TestSemaphore of sync's mutex_test.go. The number inside is counted apart.
TEST_F(SemaphoreTest, NoMorePermitsAreOutThanThereAre) {  // I1
    constexpr int tasks = 8, capacity = 5;
    semaphore s(capacity);
    std::atomic<int> out{0};
    const int rounds = repeat(1000);
    run_tasks(tasks, [&](int me) {
        const int n = me % (capacity + 1);
        for (int i = 0; i < rounds; ++i) {
            if (i % 3 == 0) {
                if (!s.try_acquire(n)) continue;
            } else {
                s.acquire(n);
            }
            EXPECT_LE(out += n, capacity);
            if (i % 8 == me) this_task::yield();  // lets the others find it taken
            out -= n;
            s.release(n);
        }
    });
    EXPECT_EQ(s.available(), capacity);
}

TEST_F(SemaphoreTest, ZeroPermitsAreFreeAsLongAsNobodyWaits) {  // SM-8
    line l(1);
    l.s.acquire();
    EXPECT_TRUE(l.s.try_acquire(0));
    l.s.acquire(0);
    l.s.release(0);
    l.comes("one", 1);
    EXPECT_FALSE(l.s.try_acquire(0));
    l.comes("none", 0);
    EXPECT_THAT(l.news(), ElementsAre());
    l.s.release();
    EXPECT_THAT(l.news(), ::testing::UnorderedElementsAre("one", "none"));
}

TEST_F(SemaphoreTest, AnotherTaskMayRelease) {
    semaphore s(1);
    s.acquire();
    task other = go([&] { s.release(); });
    s.acquire();
    other.join();
    EXPECT_EQ(s.available(), 0);
}

TEST_F(SemaphoreTest, ServesThreadsThatAreNoTasks) {
    semaphore s(1);
    int value = 0;
    const auto add = [&] {
        for (int i = 0; i < repeat(1000); ++i) {
            const auto held = s.hold();
            ++value;
        }
    };
    std::thread thread(add);
    add();
    thread.join();
    EXPECT_EQ(value, 2 * repeat(1000));
}

// Example_workerPool prints these: as many workers as permits, and at the end all permits are
// taken.
TEST_F(SemaphoreTest, AcquiringAllPermitsWaitsForAllWorkers) {  // SM-9
    const auto collatz_steps = [](int n) {
        int steps = 0;
        for (; n > 1; ++steps) n = n % 2 == 0 ? n / 2 : 3 * n + 1;
        return steps;
    };
    constexpr std::ptrdiff_t workers = 4;
    semaphore s(workers);
    std::array<int, 32> out{};
    std::vector<task> tasks;
    tasks.reserve(out.size());
    for (int i = 0; i < 32; ++i) {
        s.acquire();
        tasks.push_back(go([&, i] {
            const permits held(s, 1);
            out[static_cast<std::size_t>(i)] = collatz_steps(i + 1);
        }));
    }
    s.acquire(workers);
    EXPECT_THAT(out, ElementsAre(0, 1, 7, 2, 5, 8, 16, 3, 19, 6, 14, 9, 9, 17, 17, 4, 12, 20, 20, 7,
                                 7, 15, 15, 10, 23, 10, 111, 18, 18, 18, 106, 5));
}

// --- Who goes first ------------------------------------------------------------------------------

TEST_F(SemaphoreTest, FirstComeFirstServed) {  // SM-2, I2
    line l(1);
    l.s.acquire();
    for (const char* const name : {"a", "b", "c"}) l.comes(name, 1);
    EXPECT_THAT(l.news(), ElementsAre());
    for (const char* const name : {"a", "b", "c"}) {
        l.s.release();
        EXPECT_THAT(l.news(), ElementsAre(name));
    }
}

TEST_F(SemaphoreTest, ASmallRequestDoesNotOvertakeALargeOne) {  // SM-2, I2
    line l(3);
    l.s.acquire(2);
    l.comes("large", 3);
    l.comes("small", 1);
    EXPECT_FALSE(l.s.try_acquire(1)) << "overtook those who wait";
    EXPECT_EQ(l.s.available(), 1);
    l.s.release();
    EXPECT_THAT(l.news(), ElementsAre());
    l.s.release();
    EXPECT_THAT(l.news(), ElementsAre("large"));
    l.s.release();
    EXPECT_THAT(l.news(), ElementsAre("small"));
}

TEST_F(SemaphoreTest, AReleaseLetsInAllForWhomThereIsRoom) {  // SM-6
    line l(6);
    l.s.acquire(6);
    l.comes("1", 1);
    l.comes("2", 2);
    l.comes("4", 4);
    l.comes("later 1", 1);
    l.s.release(5);
    EXPECT_THAT(l.news(), ::testing::UnorderedElementsAre("1", "2"));
    EXPECT_EQ(l.s.available(), 2);
    l.s.release(3);
    EXPECT_THAT(l.news(), ::testing::UnorderedElementsAre("4", "later 1"));
}

// TestLargeAcquireDoesntStarve: as many tasks as permits, which take one each, again and again.
TEST_F(SemaphoreTest, ALargeRequestDoesNotStarve) {  // SM-2, I2
    constexpr int n = 4;
    semaphore s(n);
    s.acquire(n);
    relay small(n, [&] { return s.hold(); });
    lifecycle::settle();
    s.release(n);
    const auto ctx = with_timeout(background(), 10s);
    EXPECT_TRUE(s.acquire(ctx, n)) << "not in 10 s";
    small.stop();
    s.release(n);
}

// --- Cancelled -----------------------------------------------------------------------------------

TEST_F(SemaphoreTest, ADoneContextWinsOverFreePermits) {  // SM-3
    semaphore s(2);
    auto ctx = with_cancel(background());
    ctx.cancel();
    EXPECT_FALSE(s.acquire(ctx));
    EXPECT_FALSE(s.acquire(ctx, 0));
    EXPECT_FALSE(s.hold(ctx));
    EXPECT_EQ(s.available(), 2);
}

TEST_F(SemaphoreTest, ACancelledAcquireHasTakenNothing) {  // SM-3, I3
    line l(2);
    auto ctx = with_cancel(background());
    l.s.acquire();
    l.comes("two", 2, ctx);
    ctx.cancel();
    EXPECT_THAT(l.news(), ElementsAre("two gave up"));
    EXPECT_EQ(l.s.available(), 1);
    EXPECT_TRUE(l.s.try_acquire());
}

// TestAllocCancelDoesntStarve.
TEST_F(SemaphoreTest, WhenTheFirstGivesUpTheNextMovesUp) {  // SM-5, I3
    line l(10);
    auto ctx = with_cancel(background());
    l.s.acquire(5);
    l.comes("large", 10, ctx);
    l.comes("small", 4);
    l.comes("too much now", 2);
    EXPECT_THAT(l.news(), ElementsAre());
    ctx.cancel();
    EXPECT_THAT(l.news(), ::testing::UnorderedElementsAre("large gave up", "small"));
    l.s.release();
    EXPECT_THAT(l.news(), ElementsAre("too much now"));
}

TEST_F(SemaphoreTest, OneInTheMiddleGivesUpAndTheOthersKeepTheirOrder) {  // SM-3
    line l(1);
    auto ctx = with_cancel(background());
    l.s.acquire();
    l.comes("a", 1);
    l.comes("b", 1, ctx);
    l.comes("c", 1);
    ctx.cancel();
    EXPECT_THAT(l.news(), ElementsAre("b gave up"));
    l.s.release();
    EXPECT_THAT(l.news(), ElementsAre("a"));
    l.s.release();
    EXPECT_THAT(l.news(), ElementsAre("c"));
}

// TestWeightedAcquireCanceled: the context is done, and then the permits come.
TEST_F(SemaphoreTest, ADoneContextWinsOverPermitsThatComeAfterwards) {  // SM-3
    for (int i = 0; i < repeat(200); ++i) {
        semaphore s(2);
        auto ctx = with_cancel(background());
        s.acquire();
        task releases = go([&] {
            while (s.try_acquire()) {  // until the other waits
                s.release();
                this_task::yield();
            }
            ctx.cancel();
            s.release();
        });
        EXPECT_FALSE(s.acquire(ctx, 2));
        releases.join();
        EXPECT_EQ(s.available(), 2);
    }
}

// The cancel and the release at the same time: whoever wins, no permit is lost and none is made.
TEST_F(SemaphoreTest, NoPermitIsLostBetweenCancelAndRelease) {  // SM-3, I3
    for (int i = 0; i < repeat(500); ++i) {
        semaphore s(1);
        auto ctx = with_cancel(background());
        s.acquire();
        bool in = false;
        task waiter = go([&] { in = s.acquire(ctx); });
        if (i % 2 == 0) lifecycle::settle();
        task cancels = go([&] { ctx.cancel(); });
        s.release();
        cancels.join();
        waiter.join();
        ASSERT_EQ(s.available(), in ? 0 : 1);
    }
}

TEST_F(SemaphoreTest, ManyWhoCancelAndReleaseLeaveItWhole) {  // I1, I3
    constexpr std::ptrdiff_t capacity = 3;
    semaphore s(capacity);
    std::atomic<std::ptrdiff_t> out{0};
    const int rounds = repeat(300);
    run_tasks(6, [&](int me) {
        for (int i = 0; i < rounds; ++i) {
            const auto ctx = with_timeout(background(), i % 2 == 0 ? 50us : 10s);
            const std::ptrdiff_t n = (me + i) % capacity + 1;
            if (!s.acquire(ctx, n)) continue;
            EXPECT_LE(out += n, capacity);
            if (i % 4 == 0) this_task::yield();
            out -= n;
            s.release(n);
        }
    });
    EXPECT_EQ(s.available(), capacity);
}

// TestWeightedDoesntBlockIfTooBig.
TEST_F(SemaphoreTest, ARequestForMoreThanThereAreWaitsForItsContextAndHoldsUpNobody) {  // SM-4
    line l(2);
    auto ctx = with_cancel(background());
    l.comes("three", 3, ctx);
    EXPECT_FALSE(l.s.try_acquire(3));
    EXPECT_TRUE(l.s.acquire(background(), 2));
    l.s.release(2);
    EXPECT_TRUE(l.s.try_acquire(2));
    EXPECT_THAT(l.news(), ElementsAre());
    ctx.cancel();
    EXPECT_THAT(l.news(), ElementsAre("three gave up"));
    EXPECT_EQ(l.s.available(), 0);
}

// --- Misuse --------------------------------------------------------------------------------------

// TestWeightedPanic. Unlike in Go, nothing is changed.
TEST_F(SemaphoreTest, AReleaseOfMoreThanIsHeldThrowsAndChangesNothing) {  // SM-6, SM-7
    semaphore s(2);
    EXPECT_EQ(misuse([&] { s.release(); }), "semaphore: released more than held");
    s.acquire();
    EXPECT_EQ(misuse([&] { s.release(2); }), "semaphore: released more than held");
    EXPECT_THROW(s.release(std::numeric_limits<std::ptrdiff_t>::max()), std::logic_error);
    EXPECT_EQ(s.available(), 1);
    s.release();
    EXPECT_TRUE(s.try_acquire(2));
    EXPECT_FALSE(s.try_acquire());
}

// The same from two at once: the check and the change are one step.
TEST_F(SemaphoreTest, OfTwoReleasesOfOnePermitOneThrows) {  // SM-7
    for (int i = 0; i < repeat(300); ++i) {
        semaphore s(1);
        s.acquire();
        std::atomic<int> thrown{0};
        run_tasks(2, [&](int) { thrown += misuse([&] { s.release(); }).empty() ? 0 : 1; });
        ASSERT_EQ(thrown, 1);
        ASSERT_EQ(s.available(), 1);
    }
}

TEST_F(SemaphoreTest, ANumberThatMakesNoSenseThrowsAndChangesNothing) {
    semaphore s(2);
    const std::string negative = "semaphore: a negative number of permits";
    EXPECT_EQ(misuse([&] { s.acquire(-1); }), negative);
    EXPECT_EQ(misuse([&] { static_cast<void>(s.acquire(background(), -1)); }), negative);
    EXPECT_EQ(misuse([&] { static_cast<void>(s.try_acquire(-1)); }), negative);
    EXPECT_EQ(misuse([&] { s.release(-1); }), negative);
    EXPECT_EQ(misuse([&] { static_cast<void>(s.hold(-1)); }), negative);
    EXPECT_THROW(s.release(std::numeric_limits<std::ptrdiff_t>::min()), std::invalid_argument);
    EXPECT_EQ(s.available(), 2);
}

// What nothing could end is refused; with a context, SM-4 holds.
TEST_F(SemaphoreTest, AnAcquireThatCouldNeverEndThrows) {
    semaphore s(2);
    const std::string too_many = "semaphore: acquire of more than its capacity";
    EXPECT_EQ(misuse([&] { s.acquire(3); }), too_many);
    EXPECT_EQ(misuse([&] { static_cast<void>(s.acquire(background(), 3)); }), too_many);
    EXPECT_EQ(s.available(), 2);
}

TEST_F(SemaphoreTest, TheCapacityMustBePositive) {
    EXPECT_EQ(misuse([] { semaphore s(0); }), "semaphore: the capacity must be positive");
    EXPECT_THROW(semaphore(-1), std::invalid_argument);
    semaphore largest(std::numeric_limits<std::ptrdiff_t>::max());
    largest.acquire(largest.capacity());
    EXPECT_FALSE(largest.try_acquire());
    largest.release(largest.capacity());
    EXPECT_EQ(largest.available(), largest.capacity());
}

// --- Guards --------------------------------------------------------------------------------------

TEST_F(PermitsTest, AreGivenBackAtTheEndOfTheScope) {  // I4
    semaphore s(3);
    {
        const auto two = s.hold(2);
        EXPECT_TRUE(two);
        EXPECT_EQ(s.available(), 1);
        if (auto one = s.hold(background())) {
            EXPECT_EQ(s.available(), 0);
        } else {
            ADD_FAILURE() << "there was one more";
        }
        EXPECT_EQ(s.available(), 1);
    }
    EXPECT_EQ(s.available(), 3);
}

TEST_F(PermitsTest, AreGivenBackByAnException) {  // I4. broken/lost_on_an_exception.cpp
    semaphore s(1);
    const auto fails = [&] {
        const auto held = s.hold();
        throw std::runtime_error("failed");
    };
    for (int i = 0; i < 2; ++i) EXPECT_THROW(fails(), std::runtime_error);
    EXPECT_EQ(s.available(), 1);
}

TEST_F(PermitsTest, AreNoneIfTheContextWasDoneFirst) {  // SM-3
    semaphore s(1);
    s.acquire();
    {
        const auto ctx = with_timeout(background(), 1ms);
        const auto held = s.hold(ctx);
        EXPECT_FALSE(held);
    }
    EXPECT_EQ(s.available(), 0);
}

TEST_F(PermitsTest, CanBeGivenBackEarlierOnce) {
    semaphore s(2);
    auto held = s.hold(2);
    held.release();
    EXPECT_FALSE(held);
    EXPECT_EQ(s.available(), 2);
    held.release();
    permits().release();
    EXPECT_EQ(s.available(), 2);
}

TEST_F(PermitsTest, MoveWithWhatTheyAreFor) {
    semaphore s(3);
    permits kept;
    {
        auto held = s.hold(1);
        kept = std::move(held);
        EXPECT_FALSE(held);  // NOLINT(bugprone-use-after-move)
    }
    EXPECT_EQ(s.available(), 2);
    kept = s.hold(2);  // the one is given back
    EXPECT_EQ(s.available(), 1);
    permits constructed(std::move(kept));
    EXPECT_TRUE(constructed);
    task worker = go([mine = std::move(constructed)] {});
    worker.join();
    EXPECT_EQ(s.available(), 3);
}

TEST_F(PermitsTest, TakeOverWhatWasAcquiredByHand) {
    semaphore s(2);
    ASSERT_TRUE(s.try_acquire(2));
    { const permits held(s, 2); }
    EXPECT_EQ(s.available(), 2);
}

// --- Lifetime and memory ordering ----------------------------------------------------------------

// SE4: the last release has let go of the semaphore when the acquire that it ends returns.
TEST_F(SemaphoreTest, MayBeDestroyedByTheLastOneWhoGotIn) {  // I5
    for (int i = 0; i < repeat(2000); ++i) {
        auto s = std::make_unique<semaphore>(1);
        semaphore& ours = *s;
        ours.acquire();
        task last = go([s = std::move(s)]() mutable {
            s->acquire();
            s.reset();
        });
        if (i % 2 == 0) lifecycle::settle();
        ours.release();
    }
}

// A release happens before the acquire that it makes possible, and before any later one.
TEST_F(SemaphoreTest, NoRaceBetweenThoseWhoHoldTheOnePermit) {
    semaphore s(1);
    int x = 0;
    const int rounds = repeat(500);
    run_tasks(4, [&](int me) {
        for (int i = 0; i < rounds; ++i) {
            if (me == 0) {
                while (!s.try_acquire()) this_task::yield();
            } else {
                s.acquire();
            }
            ++x;
            s.release();
        }
    });
    EXPECT_EQ(x, 4 * rounds);
}

TEST_F(SemaphoreTest, NoRaceBetweenTheHoldersAndWhoTakesAllAfterThem) {
    for (int i = 0; i < repeat(200); ++i) {
        semaphore s(2);
        int x = 0, y = 0;
        s.acquire(2);
        task a = go([&] {
            x = 1;
            s.release();
        });
        task b = go([&] {
            y = 1;
            s.release();
        });
        s.acquire(2);
        EXPECT_EQ(x + y, 2);
    }
}

// --- The channel as a semaphore ------------------------------------------------------------------

// NoRaceChanMutex: a channel of capacity 1 is a mutex, for MM-4.
TEST_F(SemaphoreTest, AChannelOfOneExcludes) {
    const auto slot = make_channel<unit>(1);
    int x = 0;
    const int rounds = repeat(1000);
    run_tasks(2, [&](int) {
        for (int i = 0; i < rounds; ++i) {
            slot.send({});
            ++x;
            slot.receive();
        }
    });
    EXPECT_EQ(x, 2 * rounds);
}

TEST_F(SemaphoreTest, AChannelOfThreeLetsThreeIn) {
    const auto slots = make_channel<unit>(3);
    std::atomic<int> inside{0};
    run_tasks(8, [&](int) {
        for (int i = 0; i < repeat(300); ++i) {
            slots.send({});
            EXPECT_LE(++inside, 3);
            this_task::yield();
            --inside;
            slots.receive();
        }
    });
    EXPECT_EQ(slots.size(), 0U);
}

// --- The deadlock report -------------------------------------------------------------------------

TEST_F(SemaphoreDeathTest, APermitThatIsNeverGivenBackIsReportedAsADeadlock) {
    EXPECT_EXIT(child([] {
                    semaphore s(1);
                    s.acquire();
                    s.acquire();
                }),
                exits(deadlock_status),
                AllOf(HasSubstr("all tasks are asleep - deadlock!"),
                      ContainsRegex("blocked in acquire at [^\n]*semaphore_test.cpp:[0-9]+"),
                      ContainsRegex("the cycle:\n    thread #1 waits in acquire at [^\n]*\n"
                                    "        for the semaphore made at "
                                    "[^\n]*semaphore_test.cpp:[0-9]+,\n"
                                    "        which thread #1 holds\n$")));
}

TEST_F(SemaphoreDeathTest, PermitsThatWereReleasedByHandTooEndTheProcess) {
    EXPECT_EXIT(child([] {
                    semaphore s(1);
                    const auto held = s.hold();
                    s.release();
                }),
                braid_test::dies_of(SIGABRT), HasSubstr("semaphore: released more than held"));
}

TEST_F(SemaphoreDeathTest, TwoWhoHoldHalfEachAreReportedAsACycle) {
    const auto program = [] {
        semaphore s(2);
        const auto both_have_one = make_channel<unit>();
        task other = go({.name = "other"}, [&] {
            auto one = s.hold();
            both_have_one.send({});
            s.acquire();
        });
        auto one = s.hold();
        both_have_one.receive();
        s.acquire();
    };
    EXPECT_EXIT(child(program), exits(deadlock_status),
                AllOf(HasSubstr("all tasks are asleep - deadlock!"),
                      ContainsRegex("task #2 \"other\" [^\n]*\n    blocked in acquire at [^\n]*\n"
                                    "    on semaphore made at [^\n]*, held by #")));
}

TEST_F(SemaphoreDeathTest, WhatWasGivenBackIsNotHeld) {
    const auto program = [] {
        semaphore s(1);
        { const auto held = s.hold(); }
        task other = go({.name = "other"}, [&] { s.acquire(); });
        other.join();
        s.acquire();
    };
    EXPECT_EXIT(child(program), exits(deadlock_status),
                ContainsRegex("blocked in acquire at [^\n]*\n    on semaphore made at "
                              "[^\n]*semaphore_test.cpp:[0-9]+\n$"));
}

}  // namespace braid::semaphore_test
