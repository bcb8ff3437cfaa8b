// What the other files here do not search: tasks that Braid starts and joins, objects that end,
// and three preemptions. What the tasks share is plain, so a lock that does not exclude, or a
// hand-over that orders nothing, is a data race; a waiter that nobody wakes is a deadlock.
#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <string>

#include "common/select.hpp"
#include "common/task.hpp"
#include "patterns/context/after_func.hpp"
#include "patterns/error_group/error_group.hpp"
#include "patterns/mutex/cond.hpp"
#include "patterns/mutex/mutex.hpp"
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

}  // namespace
