// The inside of the runtime: lock, parker, wait queue, watch list. What stands on them has tests of
// its own; here are the corners that those reach by chance only.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "common/channel.hpp"
#include "common/runtime/lock.hpp"
#include "common/runtime/parker.hpp"
#include "common/runtime/wait_queue.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::runtime_test {

using namespace braid_test;
using namespace std::chrono_literals;
using runtime::parker;
using runtime::ticket;
using runtime::wait_queue;
using runtime::waiter;

class LockTest : public fixture {};
class ParkerTest : public fixture {};
class WatchListTest : public fixture {};
class WaitQueueTest : public fixture {};

registry::wait a_test() { return {"test", place::here()}; }

runtime::time_point in(std::chrono::nanoseconds d) { return runtime::deadline_after(d); }

// --- lock --------------------------------------------------------------------------------------

// The int is plain: the lock alone orders the accesses.
TEST_F(LockTest, ExcludesAndOrders) {
    runtime::lock mutex;
    int value = 0;
    const int rounds = repeat(20'000);
    std::vector<task> tasks;
    for (int k = 0; k < 4; ++k)
        tasks.push_back(go([&] {
            for (int i = 0; i < rounds; ++i) {
                runtime::locked hold(mutex);
                ++value;
            }
        }));
    tasks.clear();
    EXPECT_EQ(value, 4 * rounds);
}

// The holder gives way to the others while it holds it, so that they have to sleep.
TEST_F(LockTest, WakesThoseWhoSleepForIt) {
    runtime::lock mutex;
    int value = 0;
    std::vector<task> tasks;
    for (int k = 0; k < 4; ++k)
        tasks.push_back(go([&] {
            for (int i = 0; i < repeat(500); ++i) {
                runtime::locked hold(mutex);
                const int before = value;
                std::this_thread::yield();
                value = before + 1;
            }
        }));
    tasks.clear();
    EXPECT_EQ(value, 4 * repeat(500));
}

TEST_F(LockTest, CanBeReleasedEarlyAndTakenAgain) {
    runtime::lock mutex;
    runtime::locked outer(mutex);
    outer.release();
    { runtime::locked inner(mutex); }
    outer.acquire();
    outer.release();
    { runtime::locked inner(mutex); }
}

// The memory of a lock may go as soon as somebody else has got it (WG5): release must not touch it
// after it has let go.
TEST_F(LockTest, MayBeDestroyedByWhoTakesItNext) {
    for (int i = 0; i < repeat(1000); ++i) {
        auto mutex = std::make_unique<runtime::lock>();
        bool last_holder_is_done = false;
        std::atomic<bool> taken{false};
        task t = go([&] {
            runtime::locked hold(*mutex);
            taken = true;
            std::this_thread::yield();
            last_holder_is_done = true;
        });
        while (!taken) this_task::yield();
        for (bool done = false; !done;) {
            runtime::locked hold(*mutex);
            done = last_holder_is_done;
        }
        mutex.reset();
    }
}

// --- parker ------------------------------------------------------------------------------------

TEST_F(ParkerTest, ExactlyOneOfManyClaimsATicket) {
    constexpr int parties = 3;
    parker p;
    const auto start = make_channel<ticket>();
    const auto claims = make_channel<waiter*>();
    std::vector<task> tasks;
    for (int k = 0; k < parties; ++k)
        tasks.push_back(go([&] {
            waiter mine;
            for (const ticket t : start) claims.send(p.claim(t, &mine) ? &mine : nullptr);
        }));
    for (int i = 0; i < repeat(1000); ++i) {
        const ticket t = p.open();
        for (int k = 0; k < parties; ++k) start.send(ticket{t});
        int winners = 0;
        for (int k = 0; k < parties; ++k) {
            waiter* const w = *claims.receive();
            if (w == nullptr) continue;
            ++winners;
            EXPECT_EQ(p.winner(), w);
        }
        ASSERT_EQ(winners, 1);
        EXPECT_FALSE(p.claim(t, nullptr)) << "a ticket was claimed twice";
    }
    start.close();
}

TEST_F(ParkerTest, ATicketIsWorthNothingOnceANewOneIsOpen) {
    parker p;
    const ticket first = p.open();
    EXPECT_TRUE(p.claim(first, nullptr));
    const ticket second = p.open();
    EXPECT_NE(first, second);
    EXPECT_FALSE(p.claim(first, nullptr));
    EXPECT_TRUE(p.claim(second, nullptr));
    EXPECT_EQ(p.winner(), nullptr);
}

TEST_F(ParkerTest, AnUnparkBeforeTheParkIsNotLost) {
    for (int i = 0; i < repeat(1000); ++i) {
        parker& self = parker::current();
        const ticket t = self.open();
        waiter mark;
        ASSERT_TRUE(self.claim(t, &mark));
        self.unpark();
        self.park(a_test());  // returns at once
        EXPECT_EQ(self.winner(), &mark);
    }
}

// The permit is used up: the next park sleeps again.
TEST_F(ParkerTest, OneUnparkIsOnePermit) {
    parker& self = parker::current();
    const ticket first = self.open();
    ASSERT_TRUE(self.claim(first, nullptr));
    self.unpark();
    self.park(a_test());
    const ticket second = self.open();
    EXPECT_FALSE(self.park_until(a_test(), second, in(1ms)));
}

// The int is plain: unpark and park order it.
TEST_F(ParkerTest, WhatComesBeforeUnparkIsSeenAfterPark) {
    for (int i = 0; i < repeat(500); ++i) {
        parker& self = parker::current();
        const ticket t = self.open();
        int value = 0;
        task waker = go([&] {
            value = 1;
            if (self.claim(t, nullptr)) self.unpark();
        });
        self.park(a_test());
        EXPECT_EQ(value, 1);
    }
}

TEST_F(ParkerTest, ParkUntilGivesUpAtItsDeadlineAndNotBefore) {
    parker& self = parker::current();
    const ticket t = self.open();
    const auto deadline = in(5ms);
    EXPECT_FALSE(self.park_until(a_test(), t, deadline));
    EXPECT_GE(std::chrono::steady_clock::now(), deadline);
    EXPECT_FALSE(self.claim(t, nullptr)) << "given up, so nobody can claim it";
}

TEST_F(ParkerTest, ParkUntilAMomentThatHasPassedDoesNotSleep) {
    parker& self = parker::current();
    EXPECT_FALSE(self.park_until(a_test(), self.open(), in(0s)));
    EXPECT_FALSE(self.park_until(a_test(), self.open(), runtime::time_point::min()));
}

// Also past its deadline, a wait that was claimed before counts as claimed.
TEST_F(ParkerTest, ParkUntilPrefersTheClaimToTheDeadline) {
    parker& self = parker::current();
    const ticket t = self.open();
    waiter mark;
    ASSERT_TRUE(self.claim(t, &mark));
    self.unpark();
    EXPECT_TRUE(self.park_until(a_test(), t, runtime::time_point::min()));
    EXPECT_EQ(self.winner(), &mark);
}

// The claim comes when the deadline does. Either both sides say that it was claimed, and what was
// handed over is seen, or both say that it was not.
TEST_F(ParkerTest, AClaimAtTheDeadlineIsSeenByBothSidesOrByNone) {
    struct {
        std::atomic<ticket> turn{0};
        std::atomic<runtime::time_point> deadline{};
        std::atomic<int> answer{-1};
        int slot = 0;  // plain: written between claim and unpark
    } shared;
    parker& self = parker::current();
    const int rounds = repeat(2000);
    task waker = go([&] {
        ticket last = 0;
        for (int i = 0; i < rounds; ++i) {
            while (shared.turn.load() == last) this_task::yield();
            last = shared.turn.load();
            // A sweep over the moments around the deadline.
            const auto when = shared.deadline.load() + std::chrono::microseconds(i % 60 - 40);
            while (std::chrono::steady_clock::now() < when) {
            }
            const bool claimed = self.claim(last, nullptr);
            if (claimed) {
                shared.slot = i;
                self.unpark();
            }
            shared.answer.store(claimed ? 1 : 0);
        }
    });
    for (int i = 0; i < rounds; ++i) {
        const ticket t = self.open();
        const auto deadline = in(60us);
        shared.deadline.store(deadline);
        shared.turn.store(t);
        const bool claimed = self.park_until(a_test(), t, deadline);
        if (claimed) {
            EXPECT_EQ(shared.slot, i);
        }
        int answer = -1;
        while ((answer = shared.answer.exchange(-1)) == -1) this_task::yield();
        ASSERT_EQ(answer, claimed ? 1 : 0) << "in round " << i;
    }
}

// --- wait queue --------------------------------------------------------------------------------

std::vector<int> claim_all_of(wait_queue& q, const waiter* w) {
    std::vector<int> order;
    while (const waiter* first = q.claim_front()) order.push_back(static_cast<int>(first - w));
    return order;
}

using order = std::vector<int>;

TEST_F(WaitQueueTest, FirstComeFirstServed) {
    parker p[3];
    waiter w[3]{waiter(p[0]), waiter(p[1]), waiter(p[2])};
    wait_queue q;
    EXPECT_TRUE(q.empty());
    EXPECT_EQ(q.claim_front(), nullptr);
    for (auto& each : w) q.push_back(each);
    EXPECT_FALSE(q.empty());
    EXPECT_EQ(q.front(), &w[0]);
    EXPECT_EQ(claim_all_of(q, w), (order{0, 1, 2}));
    EXPECT_TRUE(q.empty());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(p[i].winner(), &w[i]);
}

TEST_F(WaitQueueTest, PushFrontGoesBeforeAll) {
    parker p[3];
    waiter w[3]{waiter(p[0]), waiter(p[1]), waiter(p[2])};
    wait_queue q;
    q.push_front(w[1]);
    q.push_back(w[2]);
    q.push_front(w[0]);
    EXPECT_EQ(claim_all_of(q, w), (order{0, 1, 2}));
}

TEST_F(WaitQueueTest, AnyoneCanLeave) {
    for (int leaves = 0; leaves < 4; ++leaves)
        for (int leaves_next = 0; leaves_next < 4; ++leaves_next) {
            parker p[4];
            waiter w[4]{waiter(p[0]), waiter(p[1]), waiter(p[2]), waiter(p[3])};
            wait_queue q;
            for (auto& each : w) q.push_back(each);
            q.remove(w[leaves]);
            q.remove(w[leaves_next]);  // nothing if it has already left
            q.push_back(w[leaves]);    // and may come again, at the end
            order expected;
            for (int i = 0; i < 4; ++i)
                if (i != leaves && i != leaves_next) expected.push_back(i);
            expected.push_back(leaves);
            EXPECT_EQ(claim_all_of(q, w), expected) << leaves << ", " << leaves_next;
        }
}

TEST_F(WaitQueueTest, RemoveOfOneThatIsInNoQueueDoesNothing) {
    parker p[2];
    waiter inside(p[0]), outside(p[1]);
    wait_queue q;
    q.remove(outside);
    q.push_back(inside);
    q.remove(outside);
    EXPECT_EQ(q.claim_front(), &inside);
    q.remove(inside);
    EXPECT_TRUE(q.empty());
}

// SEL-14: a waiter that was won elsewhere is no obstacle.
TEST_F(WaitQueueTest, SkipsThoseWhoWereClaimedElsewhere) {
    parker p[4];
    waiter w[4]{waiter(p[0]), waiter(p[1]), waiter(p[2]), waiter(p[3])};
    wait_queue q;
    for (auto& each : w) q.push_back(each);
    EXPECT_TRUE(p[0].claim(w[0].turn, nullptr));
    EXPECT_TRUE(p[2].claim(w[2].turn, nullptr));
    EXPECT_EQ(claim_all_of(q, w), (order{1, 3}));
    EXPECT_EQ(p[0].winner(), nullptr);
}

// A waiter of a wait that is over, while its task waits for something else by now.
TEST_F(WaitQueueTest, SkipsTheTicketOfAnEarlierWait) {
    parker p;
    waiter stale(p);
    EXPECT_TRUE(p.claim(stale.turn, nullptr));
    waiter current(p);
    wait_queue q;
    q.push_back(stale);
    EXPECT_EQ(q.claim_front(), nullptr);
    q.push_back(current);
    EXPECT_EQ(q.claim_front(), &current);
}

// A select stands in one queue twice.
TEST_F(WaitQueueTest, TwoEntriesOfOneWaitAreClaimedOnce) {
    parker p, other;
    waiter twice[2], last(other);
    const ticket t = p.open();
    wait_queue q;
    for (auto& entry : twice) {
        entry.who = &p;
        entry.turn = t;
        q.push_back(entry);
    }
    q.push_back(last);
    EXPECT_EQ(q.claim_front(), &twice[0]);
    EXPECT_EQ(q.claim_front(), &last);
    EXPECT_TRUE(q.empty());
}

TEST_F(WaitQueueTest, ClaimAllMovesThoseWhoStillWait) {
    parker p[3];
    waiter w[3]{waiter(p[0]), waiter(p[1]), waiter(p[2])};
    wait_queue from, to;
    for (auto& each : w) from.push_back(each);
    EXPECT_TRUE(p[1].claim(w[1].turn, nullptr));
    from.claim_all(to);
    EXPECT_TRUE(from.empty());
    EXPECT_EQ(to.front(), &w[0]);
    to.remove(w[0]);
    EXPECT_EQ(to.front(), &w[2]);
    to.remove(w[2]);
    EXPECT_TRUE(to.empty());
}

// What a primitive is made of: waits that end by a hand-over or a deadline.
struct turnstile {
    runtime::lock mutex;
    wait_queue queue;

    bool wait_until(runtime::time_point deadline) {
        parker& self = parker::current();
        runtime::locked hold(mutex);
        waiter w(self);
        queue.push_back(w);
        hold.release();
        if (self.park_until(a_test(), w.turn, deadline)) return true;
        hold.acquire();
        queue.remove(w);
        return false;
    }

    bool let_one_in() {
        waiter* w = nullptr;
        {
            runtime::locked hold(mutex);
            w = queue.claim_front();
        }
        if (w != nullptr) w->who->unpark();
        return w != nullptr;
    }

    void let_all_in() {
        wait_queue woken;
        {
            runtime::locked hold(mutex);
            queue.claim_all(woken);
        }
        woken.unpark_all();
    }
};

TEST_F(WaitQueueTest, UnparkAllWakesEveryone) {
    for (int i = 0; i < repeat(50); ++i) {
        turnstile gate;
        std::atomic<int> passed{0};
        std::vector<task> tasks;
        for (int k = 0; k < 5; ++k)
            tasks.push_back(go([&] {
                if (gate.wait_until(runtime::time_point::max())) ++passed;
            }));
        lifecycle::settle();
        gate.let_all_in();
        tasks.clear();
        EXPECT_EQ(passed.load(), 5);
        EXPECT_TRUE(gate.queue.empty());
    }
}

// No hand-over is lost or counted twice, though all of them race with a deadline.
TEST_F(WaitQueueTest, AsManyPassAsWereLetIn) {
    turnstile gate;
    std::atomic<int> passed{0}, waiting{3};
    std::vector<task> tasks;
    for (int k = 0; k < 3; ++k)
        tasks.push_back(go([&, k] {
            for (int i = 0; i < repeat(1000); ++i)
                if (gate.wait_until(in(std::chrono::microseconds(10 * k + i % 40)))) ++passed;
            --waiting;
        }));
    int let_in = 0;
    while (waiting.load() > 0) {
        if (gate.let_one_in())
            ++let_in;
        else
            this_task::yield();
    }
    tasks.clear();
    EXPECT_EQ(passed.load(), let_in);
    EXPECT_TRUE(gate.queue.empty());
}

// --- watch list --------------------------------------------------------------------------------

// Something that happens once.
struct event {
    runtime::watch_list watchers;
    std::atomic<bool> happened{false};

    void happen() {
        happened.store(true, std::memory_order_seq_cst);
        watchers.end_waits();
    }
};

// Waits for the event; `seen` gets the wait's ticket before it begins. Returns the winner.
waiter* wait_under(const std::shared_ptr<event>& e, std::atomic<ticket>* seen = nullptr) {
    parker& self = parker::current();
    const ticket t = self.open();
    if (seen != nullptr) seen->store(t);
    self.park_watching(a_test(), t, e->watchers, e, [&] { return e->happened.load(); });
    return self.winner();
}

TEST_F(WatchListTest, TheEventEndsTheWaitOfEveryWatcher) {
    const auto e = std::make_shared<event>();
    std::vector<task> tasks;
    for (int k = 0; k < 10; ++k) tasks.push_back(go([=] { EXPECT_EQ(wait_under(e), nullptr); }));
    lifecycle::settle();
    for (const task& t : tasks) EXPECT_TRUE(lifecycle::parked(t));
    e->happen();
}

TEST_F(WatchListTest, AWaitUnderAnEventThatHasHappenedDoesNotBlock) {
    const auto e = std::make_shared<event>();
    e->happen();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(wait_under(e), nullptr);
}

// The event comes while the wait begins: a hang if it falls between two stools.
TEST_F(WatchListTest, AnEventWhileTheWaitBeginsIsNotMissed) {
    for (int i = 0; i < repeat(1000); ++i) {
        const auto e = std::make_shared<event>();
        task t = go([=] {
            wait_under(e);
            wait_under(e);  // it stays in the list
        });
        if (i % 2 == 0) this_task::yield();
        e->happen();
    }
}

// An event and a hand-over at the same time: one of them wins, and the waiter sees which.
TEST_F(WatchListTest, EitherTheEventOrAHandOverEndsAWait) {
    for (int i = 0; i < repeat(500); ++i) {
        const auto e = std::make_shared<event>();
        std::atomic<ticket> turn{0};
        std::atomic<parker*> who{nullptr};
        waiter mark;
        int handed_over = 0;  // plain: written between claim and unpark
        bool seen = false;
        task t = go([&] {
            who.store(&parker::current());
            if (wait_under(e, &turn) == &mark) seen = handed_over == 1;
        });
        while (turn.load() == 0) this_task::yield();
        task other = go([&] { e->happen(); });
        const bool claimed = who.load()->claim(turn.load(), &mark);
        if (claimed) {
            handed_over = 1;
            who.load()->unpark();
        }
        other.join();
        t.join();
        EXPECT_EQ(seen, claimed);
    }
}

// The task is still in the list, but what it waits for now has nothing to do with the event.
TEST_F(WatchListTest, TheEventEndsNoWaitThatIsNotUnderIt) {
    const auto e = std::make_shared<event>(), unrelated = std::make_shared<event>();
    std::atomic<ticket> turn{0};
    std::atomic<parker*> who{nullptr};
    const auto ch = make_channel<int>();
    task t = go([&] {
        who.store(&parker::current());
        wait_under(e, &turn);  // ended by a claim below
        EXPECT_EQ(*ch.receive(), 7);
        EXPECT_EQ(wait_under(unrelated), nullptr);
        EXPECT_TRUE(unrelated->happened);
    });
    lifecycle::settle();
    ASSERT_TRUE(who.load()->claim(turn.load(), nullptr));
    who.load()->unpark();
    lifecycle::settle();  // now it receives, without the event
    e->happen();
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(t));
    ch.send(7);
    lifecycle::settle();
    e->happen();
    EXPECT_TRUE(lifecycle::parked(t));
    unrelated->happen();
}

// The list must not go away under a parker that is in it, nor live on because of one that is not.
TEST_F(WatchListTest, IsKeptAliveUntilTheTaskJoinsAnotherOrEnds) {
    auto first = std::make_shared<event>(), second = std::make_shared<event>();
    const std::weak_ptr<event> first_watched = first, second_watched = second;
    const auto step = make_channel<unit>();
    task t = go([&, first, second]() mutable {
        first->happen();
        second->happen();
        wait_under(first);
        first.reset();
        step.send({});
        step.send({});  // taken when the first was looked at
        wait_under(second);
        second.reset();
        step.send({});
    });
    first.reset();
    second.reset();
    static_cast<void>(step.receive());
    EXPECT_FALSE(first_watched.expired());
    static_cast<void>(step.receive());
    static_cast<void>(step.receive());
    EXPECT_TRUE(first_watched.expired());
    t.join();
    // The task leaves its list on its very last steps, which a join does not wait for.
    while (!second_watched.expired()) this_task::yield();
}

// Parkers are used again by later tasks, so a list must have lost those of tasks that have ended.
TEST_F(WatchListTest, TasksThatHaveEndedAreNoLongerInIt) {
    const auto e = std::make_shared<event>();
    for (int i = 0; i < repeat(200); ++i) {
        std::atomic<ticket> turn{0};
        std::atomic<parker*> who{nullptr};
        task watcher = go([&] {
            who.store(&parker::current());
            wait_under(e, &turn);
        });
        while (turn.load() == 0) this_task::yield();
        if (who.load()->claim(turn.load(), nullptr)) who.load()->unpark();
    }
    const auto ch = make_channel<int>();
    task bystander = go([=] { EXPECT_EQ(*ch.receive(), 1); });  // has the parker of one of them
    lifecycle::settle();
    e->happen();
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(bystander));
    ch.send(1);
}

// --- Workers -----------------------------------------------------------------------------------

class WorkerTest : public fixture {};

TEST_F(WorkerTest, EveryTaskAndThreadHasOneOfThem) {
    const std::size_t count = runtime::worker_count();
    ASSERT_GE(count, 1U);
    const auto looks = [count] {
        for (int i = 0; i < 1000; ++i) EXPECT_LT(runtime::worker_index(), count);
    };
    task a = go(looks);
    task b = go(looks);
    looks();
}

}  // namespace braid::runtime_test
