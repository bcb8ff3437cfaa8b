// What the reports say about contexts: the census at the end of main, and that a deadline does not
// stand in the way of the deadlock report. Each runs in a process of its own.
#include <map>

#include "patterns/context/after_func.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::context_report_test {

using namespace std::chrono_literals;
using braid_test::checked_child;
using braid_test::child;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Not braid_test::fixture, which uses Braid before the child has set its environment.
class ContextDeadlockDeathTest : public ::testing::Test {};
class ContextCensusDeathTest : public ::testing::Test {};

const auto deadlock = braid_test::exits(braid_test::deadlock_status);
const auto leak = braid_test::exits(braid_test::leak_status);
const auto clean = braid_test::exits(0);

void wait_for_nobody() { make_channel<int>().receive(); }

// --- deadlines and the deadlock report ---

TEST_F(ContextDeadlockDeathTest, ACancelledTimeoutIsNoLongerPending) {
    EXPECT_EXIT(child([] {
                    auto ctx = with_timeout(background(), 1h);
                    ctx.cancel();
                    wait_for_nobody();
                }),
                deadlock, "all tasks are asleep - deadlock!");
}

TEST_F(ContextDeadlockDeathTest, NorIsOneWhoseParentWasCancelled) {
    EXPECT_EXIT(child([] {
                    auto parent = with_cancel(background());
                    const auto ctx = with_timeout(parent, 1h);
                    parent.cancel();
                    const auto late = with_timeout(parent, 2h);
                    wait_for_nobody();
                }),
                deadlock, "all tasks are asleep - deadlock!");
}

// The clock starts the task; that makes the clock nobody who might wake others.
TEST_F(ContextDeadlockDeathTest, NorIsTheClockThatHasStartedAFunction) {
    EXPECT_EXIT(child([] {
                    const auto ran = make_channel<unit>(1);
                    const auto ctx = with_timeout(background(), 1ms);
                    {
                        const auto stop = after_func(ctx, [&] { ran.send(unit{}); });
                        ran.receive();
                    }
                    lifecycle::settle();
                    wait_for_nobody();
                }),
                deadlock, "all tasks are asleep - deadlock!");
}

TEST_F(ContextDeadlockDeathTest, NorIsOneThatHasFired) {
    EXPECT_EXIT(child([] {
                    const auto ctx = with_timeout(background(), 5ms);
                    ctx.done().receive();
                    wait_for_nobody();
                }),
                deadlock, "all tasks are asleep - deadlock!");
}

TEST_F(ContextDeadlockDeathTest, NorIsOneThatIsForEver) {
    EXPECT_EXIT(child([] {
                    const auto ctx = with_timeout(background(), std::chrono::hours::max());
                    make_channel<int>().receive(ctx);
                }),
                deadlock, "all tasks are asleep - deadlock!");
}

// A pending one will wake somebody: no report.
TEST_F(ContextDeadlockDeathTest, APendingTimeoutIsWaitedFor) {
    EXPECT_EXIT(child([] {
                    const auto ctx = with_timeout(background(), 50ms);
                    make_channel<int>().receive(ctx);
                }),
                clean, Not(HasSubstr("braid")));
}

// The report names the wait under a context that nobody cancels.
TEST_F(ContextDeadlockDeathTest, AContextThatNobodyCancelsIsNamed) {
    EXPECT_EXIT(
        child([] {
            const auto ctx = with_cancel(background());
            task t = go({.name = "helper"}, [&] { ctx.done().receive(); });
            t.join();
        }),
        deadlock,
        AllOf(HasSubstr("\"helper\""), HasSubstr("blocked in receive at "),
              HasSubstr("channel (capacity 0) made at"), HasSubstr("context_report_test.cpp")));
}

// --- the census: I3 ---

// As a server's table of requests would be: alive until the end of the process.
std::map<int, scoped_context>& requests() {
    static auto* const table = new std::map<int, scoped_context>;
    return *table;
}

void answer_requests() {
    go([] {}).join();
    for (int i = 0; i < 1000; ++i) requests().emplace(i, with_cancel(background()));
    requests().emplace(1000, with_timeout(background(), 1h));
}

TEST_F(ContextCensusDeathTest, ContextsThatWereNeverCancelledAreCounted) {
    EXPECT_EXIT(checked_child(answer_requests), leak,
                AllOf(HasSubstr("0 tasks leaked, 1001 contexts never cancelled"),
                      HasSubstr("1000 x context made at"), HasSubstr("1 x context made at"),
                      HasSubstr("context_report_test.cpp")));
}

TEST_F(ContextCensusDeathTest, ThoseThatWereAreNot) {
    EXPECT_EXIT(checked_child([] {
                    auto parent = with_cancel(background());
                    for (int i = 0; i < 1000; ++i) requests().emplace(i, with_cancel(parent));
                    const auto late = with_timeout(parent, 0s);
                    const auto fired = with_timeout(background(), 1ms);
                    fired.done().receive();
                    parent.cancel();
                }),
                clean, Not(HasSubstr("braid")));
}

TEST_F(ContextCensusDeathTest, ATasksOwnContextIsCountedWithTheTask) {
    EXPECT_EXIT(checked_child([] {
                    go(background(), [](const context& ctx) { ctx.done().receive(); }).detach();
                }),
                leak, HasSubstr("1 task leaked, 1 context never cancelled"));
}

}  // namespace braid::context_report_test
