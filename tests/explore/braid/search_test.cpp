// What the other files here do not search: tasks that Braid starts and joins, conditions, timers,
// and three preemptions. What the tasks share is plain, so a lock that does not exclude, or a
// hand-over that orders nothing, is a data race; a waiter that nobody wakes is a deadlock.
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/select.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "patterns/context/after_func.hpp"
#include "patterns/error_group/error_group.hpp"
#include "patterns/mutex/cond.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/once/once_value.hpp"
#include "patterns/pool/pool.hpp"
#include "patterns/semaphore/semaphore.hpp"
#include "patterns/wait_group/wait_group.hpp"
#include "patterns/worker_pool/worker_pool.hpp"
#include "tests/explore/expect.hpp"

namespace {

using namespace braid;

// All schedules are run, and none goes wrong.
explore::result search(const std::function<void()>& scenario, int preemptions = 3) {
    return expect_right(scenario, preemptions);
}

TEST(BraidSearchTest, ChannelHandsOver) {
    for (const std::size_t capacity : {0, 1})
        search([=] {
            const auto ch = make_channel<int>(capacity);
            int before = 0;
            task sends = go([&] {
                before = 1;
                ch.send(7);
                ch.close();
            });
            const auto first = ch.receive();
            explore::require(first && *first == 7 && before == 1, "lost, or not ordered");
            explore::require(!ch.receive(), "closed and drained");
        });
}

// For a select over a and b. Which of them it looks at first is a matter of chance, so something
// moves from a to b, or swapped.
struct two_channels {
    bool swapped;
    channel<int> a = make_channel<int>(1);
    channel<int> b = make_channel<int>(1);
    const channel<int>& from() const { return swapped ? b : a; }
    const channel<int>& to() const { return swapped ? a : b; }
};

// One of the two has a value at each moment, because it is put into one before it is taken out of
// the other.
TEST(BraidSearchTest, SelectWithDefaultSeesOneMoment) {
    for (const bool swapped : {false, true})
        search([=] {
            const two_channels two{swapped};
            two.from().send(1);
            task moves = go([&] {
                two.to().send(1);
                static_cast<void>(two.from().try_receive());
            });
            select(receive(two.a), receive(two.b),
                   otherwise([] { explore::fail("nothing was ready"); }));
        });
}

// One of the two has room at each moment.
TEST(BraidSearchTest, SelectWithDefaultSeesRoomInOneMoment) {
    for (const bool swapped : {false, true})
        search([=] {
            const two_channels two{swapped};
            two.to().send(1);
            task moves = go([&] {
                static_cast<void>(two.to().try_receive());
                static_cast<void>(two.from().try_send(1));
            });
            select(send(two.a, 2), send(two.b, 2),
                   otherwise([] { explore::fail("no room was seen"); }));
        });
}

// The first names a and then b, the second b and then a: they must not lock them in that order.
TEST(BraidSearchTest, SelectsOverTheSameChannelsMeet) {
    search(
        [] {
            const auto a = make_channel<int>();
            const auto b = make_channel<int>();
            int got = 0;
            const auto take = [&got](received<int> r) { got = *r; };
            task other = go([&] { select(send(b, 2), receive(a, take)); });
            select(send(a, 1), receive(b, take));
            other.join();
            explore::require(got == 1 || got == 2, "nothing was received");
        },
        2);
}

// While the select takes itself out of b's queue, b's sender passes it over for whom waits behind.
TEST(BraidSearchTest, ASelectThatIsServedElsewhereHidesNobody) {
    search(
        [] {
            const auto a = make_channel<int>();
            const auto b = make_channel<int>();
            task selects = go([&] { select(receive(a), receive(b)); });
            task receives = go([&] { static_cast<void>(b.receive()); });
            task sends = go([&] {
                b.send(1);
                b.close();
            });
            a.close();
        },
        1);
}

TEST(BraidSearchTest, PermitsExclude) {
    search([] {
        semaphore s(1);
        int counter = 0;
        const auto add = [&] {
            const permits held = s.hold();
            ++counter;
        };
        task other = go(add);
        add();
        other.join();
        explore::require(counter == 2, "an update is lost");
    });
}

TEST(BraidSearchTest, CondLosesNoSignal) {
    search([] {
        mutex m;
        cond changed(m);
        bool ready = false;
        task sets = go([&] {
            {
                const std::scoped_lock lock(m);
                ready = true;
            }
            changed.signal();
        });
        const std::scoped_lock lock(m);
        while (!ready) changed.wait();
    });
}

TEST(BraidSearchTest, CondWakesAllWhoWait) {
    search(
        [] {
            mutex m;
            cond changed(m);
            bool ready = false;
            const auto waits = [&] {
                const std::scoped_lock lock(m);
                changed.wait([&] { return ready; });
            };
            task one = go(waits);
            task other = go(waits);
            {
                const std::scoped_lock lock(m);
                ready = true;
            }
            changed.broadcast();
        },
        2);
}

TEST(BraidSearchTest, CondLooksAgainAfterASignal) {
    search([] {
        mutex m;
        cond changed(m);
        int count = 0;
        task counts = go([&] {
            for (int i = 0; i < 2; ++i) {
                const std::scoped_lock lock(m);
                ++count;
                changed.signal();
            }
        });
        const std::scoped_lock lock(m);
        changed.wait([&] { return count == 2; });
        explore::require(count == 2, "the condition does not hold");
    });
}

TEST(BraidSearchTest, OnceValueIsTheSameForBoth) {
    search([] {
        int calls = 0;
        const auto value = once_value([&] { return ++calls; });
        task other = go([=] { explore::require(value() == 1, "called again"); });
        explore::require(value() == 1, "called again");
    });
}

TEST(BraidSearchTest, WaitGroupWaitsForAll) {
    search(
        [] {
            int done[2] = {};
            wait_group all;
            for (int& d : done) all.go([&d] { d = 1; });
            all.wait();
            explore::require(done[0] + done[1] == 2, "one is missing");
        },
        2);
}

// The second wait finds the task registered with the context by the first.
TEST(BraidSearchTest, CancelEndsAWaitThatNothingElseWouldEnd) {
    search(
        [] {
            auto ctx = with_cancel(background());
            const auto ch = make_channel<int>();
            task other = go([&] {
                ch.send(1);
                ctx.cancel();
            });
            const auto first = ch.receive(ctx);
            explore::require(first && *first == 1, "nobody has cancelled yet");
            explore::require(ch.receive(ctx).status == receive_status::canceled, "not told");
        },
        2);
    search([] {
        auto ctx = with_cancel(background());
        int before = 0;
        task cancels = go([&] {
            before = 1;
            ctx.cancel();
        });
        const auto ch = make_channel<int>();
        explore::require(ch.receive(ctx).status == receive_status::canceled, "not told");
        explore::require(before == 1, "not ordered");
    });
}

// Both have waited under it, and leave its list when they end.
TEST(BraidSearchTest, TasksThatHaveWaitedUnderOneContextEndTogether) {
    search(
        [] {
            auto ctx = with_cancel(background());
            const auto ch = make_channel<int>();
            const auto waits = [&] { static_cast<void>(ch.receive(ctx)); };
            task one = go(waits);
            task other = go(waits);
            ch.send(1);
            ch.send(2);
        },
        1);
}

TEST(BraidSearchTest, ErrAndDoneTellTheSame) {
    search([] {
        auto ctx = with_cancel(background());
        task cancels = go([&] { ctx.cancel(); });
        if (ctx.err())
            explore::require(ctx.done().try_receive().status == receive_status::closed,
                             "done is open after err");
        ctx.done().receive();
        explore::require(static_cast<bool>(ctx.err()), "no err after done");
    });
}

TEST(BraidSearchTest, AParentsCancelReachesAChildThatIsBeingMade) {
    search([] {
        auto parent = with_cancel(background());
        task cancels = go([&] { parent.cancel(); });
        const auto child = with_cancel(parent);
        child.done().receive();
        explore::require(static_cast<bool>(child.err()), "no err after done");
    });
}

TEST(BraidSearchTest, ErrorGroupKeepsTheFirstFailure) {
    search(
        [] {
            error_group group(background());
            group.go([] { throw std::runtime_error("first"); });
            bool failed = false;
            try {
                group.wait();
            } catch (const std::runtime_error&) {
                failed = true;
            }
            explore::require(failed && group.ctx().err(), "not told");
        },
        2);
}

TEST(BraidSearchTest, WorkerPoolDrains) {
    search(
        [] {
            int done = 0;
            worker_pool<int> pool(background(), {.workers = 1, .queue = 1},
                                  [&](int n) { done += n; });
            explore::require(pool.submit(background(), 1), "refused");
            explore::require(pool.drain() == 0, "dropped");
            explore::require(done == 1, "not done");
        },
        2);
}

// A wait under a context, which ends just then, and after it one without.
TEST(BraidSearchTest, AnEndOfAContextEndsNoLaterWait) {
    search(
        [] {
            auto ctx = with_cancel(background());
            const auto before = make_channel<int>(1);
            task ends = go([&] {
                before.send(1);
                ctx.cancel();
            });
            static_cast<void>(before.receive(ctx));
            const auto never = make_channel<int>();
            const auto later = make_channel<int>();
            task sends = go([&] { later.send(7); });
            int got = 0;
            select(receive(later, [&](received<int> r) { got = *r; }), receive(never));
            explore::require(got == 7, "nothing received");
        },
        2);
}

// The clock looks at the timers that it has while a sooner one is set.
TEST(BraidSearchTest, ASoonerTimerIsNotLate) {
    using namespace std::chrono_literals;
    const auto r = explore::check(
        {.by = explore::search::depth_first, .preemptions = 2, .executions = 0, .daemons = true},
        [] {
            const auto begin = std::chrono::steady_clock::now();
            timer late(1s);
            timer soon(10ms);
            soon.receive();
            explore::require(std::chrono::steady_clock::now() - begin < 500ms,
                             "the clock has slept too long");
        });
    EXPECT_TRUE(r.complete) << r.report;
}

// Both are due at the same time: the clock may be on its way already.
TEST(BraidSearchTest, NothingComesAfterAStop) {
    using namespace std::chrono_literals;
    const auto r = explore::check(
        {.by = explore::search::depth_first, .preemptions = 2, .executions = 0, .daemons = true},
        [] {
            timer t(10ms);
            std::this_thread::sleep_for(10ms);
            t.stop();
            timer(10ms).receive();
            explore::require(!t.try_receive(), "stopped, and fired all the same");
        });
    EXPECT_TRUE(r.complete) << r.report;
}

// It ends the process, whether it comes before or after the detach.
TEST(BraidSearchTest, TheFailureOfADetachedTaskIsSeen) {
    using namespace std::chrono_literals;
    for (const auto until_detached : {0ms, 1ms}) {
        const auto ends = explore::count_outcomes({.executions = 10}, [=] {
            task fails = go([] { throw std::runtime_error("unseen"); });
            std::this_thread::sleep_for(until_detached);  // time passes when nobody can run
            fails.detach();
        });
        ASSERT_EQ(ends.size(), 1);
        EXPECT_EQ(ends.begin()->first, "uncaught-exception: std::runtime_error: unseen");
    }
}

// A worker's cache holds 32 objects.
TEST(BraidSearchTest, APoolOverflowsWhileItIsTrimmed) {
    search(
        [] {
            pool<int> objects([] { return 0; });
            std::vector<loaned<int>> used;
            for (int i = 0; i < 33; ++i) used.push_back(objects.loan());
            while (used.size() > 1) used.pop_back();
            task trims = go([&] { objects.trim(); });
            used.pop_back();
        },
        2);
}

}  // namespace
