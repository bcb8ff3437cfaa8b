// What the other files here do not search: tasks that Braid starts and joins, objects that end,
// and three preemptions. What the tasks share is plain, so a lock that does not exclude, or a
// hand-over that orders nothing, is a data race; a waiter that nobody wakes is a deadlock.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "common/select.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "patterns/context/after_func.hpp"
#include "patterns/error_group/error_group.hpp"
#include "patterns/mutex/cond.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/mutex/rw_mutex.hpp"
#include "patterns/once/once_value.hpp"
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

// One of the two has a value at each moment, because it is put into one before it is taken out of
// the other. Which a select looks at first is a matter of chance, so both ways are tried.
TEST(BraidSearchTest, SelectWithDefaultSeesOneMoment) {
    for (const bool first : {false, true})
        search([=] {
            const auto a = make_channel<int>(1);
            const auto b = make_channel<int>(1);
            const auto& from = first ? a : b;
            const auto& to = first ? b : a;
            from.send(1);
            task moves = go([&] {
                to.send(1);
                static_cast<void>(from.try_receive());
            });
            select(receive(a), receive(b), otherwise([] { explore::fail("nothing was ready"); }));
        });
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
        task cancels = go([&] { ctx.cancel(); });
        const auto ch = make_channel<int>();
        explore::require(ch.receive(ctx).status == receive_status::canceled, "not told");
    });
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

// Who is woken may destroy what it has waited on: an object on the heap is gone then.
TEST(BraidSearchTest, WhoIsWokenMayDestroyACond) {
    search(
        [] {
            mutex m;
            auto c = std::make_unique<cond>(m);
            m.lock();
            task wakes = go([&, it = c.get()] {
                m.lock();
                m.unlock();
                it->signal();
            });
            c->wait();
            m.unlock();
            c.reset();
        },
        2);
}

TEST(BraidSearchTest, WhoHasWaitedMayDestroyAWaitGroup) {
    search([] {
        auto g = std::make_unique<wait_group>();
        g->go([] {});
        g->wait();
        g.reset();
    });
}

TEST(BraidSearchTest, WhoGotInLastMayDestroyASemaphore) {
    search([] {
        auto s = std::make_unique<semaphore>(1);
        s->acquire();
        task lets_in = go([it = s.get()] { it->release(); });
        s->acquire();
        s.reset();
    });
}

TEST(BraidSearchTest, WhoWroteLastMayDestroyAnRwMutex) {
    search([] {
        auto m = std::make_unique<rw_mutex>();
        m->lock_shared();
        task reads = go([it = m.get()] { it->unlock_shared(); });
        m->lock();
        m->unlock();
        m.reset();
    });
}

// One of the two has room at each moment.
TEST(BraidSearchTest, SelectWithDefaultSeesRoomInOneMoment) {
    for (const bool first : {false, true})
        search([=] {
            const auto a = make_channel<int>(1);
            const auto b = make_channel<int>(1);
            const auto& full = first ? a : b;
            const auto& empty = first ? b : a;
            full.send(1);
            task moves = go([&] {
                static_cast<void>(full.try_receive());
                static_cast<void>(empty.try_send(1));
            });
            select(send(a, 2), send(b, 2), otherwise([] { explore::fail("no room was seen"); }));
        });
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

}  // namespace
