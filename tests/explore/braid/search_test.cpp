// Braid's own primitives under the explorer: every schedule of small scenarios, with at most two
// or three preemptions. What the tasks share is plain, so a lock that does not exclude, or a
// hand-over that orders nothing, is a data race; a waiter that nobody wakes is a deadlock.
#include <gtest/gtest.h>

#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>

#include "common/select.hpp"
#include "common/task.hpp"
#include "patterns/context/after_func.hpp"
#include "patterns/error_group/error_group.hpp"
#include "patterns/mutex/cond.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/mutex/rw_mutex.hpp"
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

TEST(BraidSearchTest, ChannelOfTwoSenders) {
    const auto r = search(
        [] {
            const auto ch = make_channel<int>();
            task a = go([&] { ch.send(1); });
            task b = go([&] { ch.send(2); });
            const int first = *ch.receive();
            const int second = *ch.receive();
            explore::outcome(std::to_string(first) + std::to_string(second));
        },
        2);
    EXPECT_EQ(r.outcomes.size(), 2U);
}

TEST(BraidSearchTest, CloseWakesAReceiver) {
    search([] {
        const auto ch = make_channel<int>();
        task closes = go([&] { ch.close(); });
        explore::require(ch.receive().status == receive_status::closed, "not told");
    });
}

TEST(BraidSearchTest, SelectTakesOneOfTwo) {
    const auto r = search(
        [] {
            const auto a = make_channel<int>(1);
            const auto b = make_channel<int>(1);
            task sends = go([&] {
                a.send(1);
                b.send(1);
            });
            int taken = 0;
            const auto which = select(receive(a, [&] { ++taken; }), receive(b, [&] { ++taken; }));
            explore::require(taken == 1, "one case takes effect");
            sends.join();
            explore::require(a.size() + b.size() == 1, "and the other does not");
            explore::outcome(which == 0 ? "a" : "b");
        },
        2);
    EXPECT_EQ(r.outcomes.size(), 2U);
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

TEST(BraidSearchTest, SelectsMeet) {
    search(
        [] {
            const auto a = make_channel<int>();
            const auto b = make_channel<int>();
            task other = go([&] { select(send(a, 1), receive(b)); });
            select(receive(a), send(b, 2));
        },
        2);
}

// Two tasks add to a plain counter, each while it has what hold() returns.
template <class Hold>
void both_add(Hold hold) {
    int counter = 0;
    const auto add = [&] {
        const auto held = hold();
        ++counter;
    };
    task other = go(add);
    add();
    other.join();
    explore::require(counter == 2, "an update is lost");
}

TEST(BraidSearchTest, MutexExcludes) {
    search([] {
        mutex m;
        both_add([&] { return std::unique_lock(m); });
    });
}

TEST(BraidSearchTest, RwMutexExcludesWriters) {
    search([] {
        rw_mutex m;
        both_add([&] { return std::unique_lock(m); });
    });
}

TEST(BraidSearchTest, SemaphoreExcludes) {
    search([] {
        semaphore s(1);
        both_add([&] { return s.hold(); });
    });
}

TEST(BraidSearchTest, RwMutexOrdersAReaderAndAWriter) {
    search([] {
        rw_mutex m;
        int value = 0;
        task writes = go([&] {
            const std::scoped_lock lock(m);
            ++value;
        });
        for (int i = 0; i < 2; ++i) {
            const std::shared_lock lock(m);
            explore::outcome(std::to_string(value));
        }
    });
}

TEST(BraidSearchTest, RwMutexWriterAndTwoReaders) {
    search(
        [] {
            rw_mutex m;
            int value = 0;
            const auto read = [&] {
                const std::shared_lock lock(m);
                return value;
            };
            task reads = go([&] { read(); });
            task writes = go([&] {
                const std::scoped_lock lock(m);
                ++value;
            });
            read();
            writes.join();
            explore::require(read() == 1, "not ordered");
        },
        2);
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

TEST(BraidSearchTest, OnceIsDoneBeforeEachUse) {
    search([] {
        once o;
        int value = 0;
        const auto use = [&] {
            o.call([&] { ++value; });
            explore::require(value == 1, "used too early");
        };
        task other = go(use);
        use();
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

TEST(BraidSearchTest, PoolGivesAnObjectToOne) {
    search([] {
        pool<int> p;
        p.put(p.get());
        const auto use = [&] {
            auto mine = p.get();
            ++*mine;
            p.put(std::move(mine));
        };
        task other = go(use);
        use();
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

TEST(BraidSearchTest, CancelEndsAWait) {
    const auto r = search([] {
        auto ctx = with_cancel(background());
        const auto ch = make_channel<int>(1);
        task other = go([&] {
            ch.send(1);
            ctx.cancel();
        });
        const auto got = ch.receive(ctx);
        explore::require(got || (ctx.err() == context_errc::canceled), "neither");
        explore::outcome(got ? "value" : "canceled");
    });
    EXPECT_EQ(r.outcomes.size(), 2U);
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

}  // namespace
