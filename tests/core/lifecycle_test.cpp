// What the registry knows while a program runs: tasks(), find_leaks, settle, parked, wait_report.
//
// goleak's own tests, by behaviour. Not here:
//   TestVerifyParallel                       GoogleTest runs the tests of a process one by one
//   TestFind "Cleanup is rejected", GK-8     there is no such option
//   TestNoLeaks, internal/stack              about goroutine stacks as text
//   IgnoreTopFunction, IgnoreAnyFunction, IgnoreCreatedBy
//                                            there are no stacks: by name, by file and by predicate
// TestVerifyTestMain is in lifecycle_leaks_test.cpp.
#include "common/lifecycle.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/channel.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::lifecycle_test {

using namespace braid_test;
using namespace std::chrono_literals;
using lifecycle::leak_filter;
using lifecycle::task_info;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class LifecycleTest : public fixture {};
class FindLeaksTest : public fixture {};
class SettleTest : public fixture {};
class WaitReportTest : public fixture {};

task_info info_of(std::uint64_t id) {
    for (const task_info& t : lifecycle::tasks())
        if (t.id == id) return t;
    ADD_FAILURE() << "#" << id << " is not listed";
    return {};
}

// What is known of `t` once it is parked.
task_info settled(const task& t) {
    lifecycle::settle();
    return info_of(t.id());
}

std::string here(unsigned line) { return std::string(__FILE__) + ":" + std::to_string(line); }
std::string number(const task& t) { return "#" + std::to_string(t.id()); }

void expect_place(place p, unsigned line) {
    EXPECT_STREQ(p.file, __FILE__);
    EXPECT_EQ(p.line, line);
}

// --- tasks() -----------------------------------------------------------------------------------

TEST_F(LifecycleTest, TellsWhoATaskIs) {
    const auto gate = make_channel<unit>();
    constexpr unsigned line = __LINE__ + 1;
    task t = go({.name = "walker"}, [=] { static_cast<void>(gate.receive()); });
    const task_info info = settled(t);
    EXPECT_EQ(info.id, t.id());
    EXPECT_EQ(info.parent, this_task::id());
    EXPECT_TRUE(info.is_task);
    EXPECT_EQ(info.name, "walker");
    expect_place(info.started, line);
    EXPECT_FALSE(info.was_detached);
    gate.close();
    t.join();
    for (const task_info& other : lifecycle::tasks()) EXPECT_NE(other.id, info.id);
}

TEST_F(LifecycleTest, ATaskThatATaskStartedHasItAsItsParent) {
    const auto gate = make_channel<unit>();
    std::atomic<std::uint64_t> inner_id{0};
    task outer = go([&] {
        task inner = go([=] { static_cast<void>(gate.receive()); });
        inner_id = inner.id();
        inner.join();
    });
    lifecycle::settle();
    EXPECT_EQ(info_of(inner_id).parent, outer.id());
    gate.close();
}

// TestNumGoroutine.
TEST_F(LifecycleTest, ListsWhatIsThereOldestFirst) {
    const std::size_t before = lifecycle::tasks().size();
    const auto gate = make_channel<unit>();
    std::vector<task> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(go([=] { static_cast<void>(gate.receive()); }));
    const auto all = lifecycle::tasks();
    EXPECT_EQ(all.size(), before + 5);
    for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].id, all[i].id);
    gate.close();
    tasks.clear();
    EXPECT_EQ(lifecycle::tasks().size(), before) << "who joins must not see the joined";
}

TEST_F(LifecycleTest, TheCallerItselfIsRunning) {
    const task_info self = info_of(this_task::id());
    EXPECT_FALSE(self.waiting);
    EXPECT_FALSE(self.is_task);
    EXPECT_EQ(self.parent, 0U);
}

TEST_F(LifecycleTest, AThreadIsListedFromItsFirstUseOfBraidUntilItsEnd) {
    const std::size_t before = lifecycle::tasks().size();
    const auto gate = make_channel<unit>();
    std::atomic<bool> used{false}, use_it{false};
    std::thread guest([&] {
        while (!use_it) std::this_thread::yield();
        used = true;
        static_cast<void>(gate.receive());
    });
    EXPECT_EQ(lifecycle::tasks().size(), before);
    use_it = true;
    while (!used) std::this_thread::yield();
    while (lifecycle::tasks().size() == before) std::this_thread::yield();
    lifecycle::settle();
    const task_info info = lifecycle::tasks().back();
    EXPECT_FALSE(info.is_task);
    EXPECT_EQ(info.operation, "receive");
    gate.close();
    guest.join();
    EXPECT_EQ(lifecycle::tasks().size(), before);
}

// GK-7.
TEST_F(LifecycleTest, DoesNotListTheThreadThatServesTheTimers) {
    const std::size_t before = lifecycle::tasks().size();
    static_cast<void>(after(1ms).receive());
    EXPECT_EQ(lifecycle::tasks().size(), before);
}

TEST_F(LifecycleTest, TellsWhereATaskWasDetached) {
    const auto gate = make_channel<unit>();
    task t = go([=] { static_cast<void>(gate.receive()); });
    const std::uint64_t id = t.id();
    constexpr unsigned line = __LINE__ + 1;
    t.detach();
    const task_info info = info_of(id);
    EXPECT_TRUE(info.was_detached);
    expect_place(info.detached, line);
    gate.close();
}

// --- what a task waits for ---------------------------------------------------------------------

TEST_F(LifecycleTest, TellsThatATaskReceives) {
    constexpr unsigned made = __LINE__ + 1;
    const auto ch = make_channel<int>(2);
    constexpr unsigned line = __LINE__ + 1;
    task t = go([=] { static_cast<void>(ch.receive()); });
    const task_info info = settled(t);
    EXPECT_TRUE(info.waiting);
    EXPECT_EQ(info.operation, "receive");
    expect_place(info.where, line);
    EXPECT_EQ(info.on,
              "channel (capacity 2) made at " + here(made) + ", to which no living task has sent");
    const auto waited = info_of(t.id()).waited;
    EXPECT_GT(waited, 0ns);
    this_task::sleep_for(2ms);
    EXPECT_GE(info_of(t.id()).waited, waited + 2ms);
    ch.send(1);
    t.join();
}

TEST_F(LifecycleTest, TellsThatATaskSends) {
    constexpr unsigned made = __LINE__ + 1;
    const auto ch = make_channel<int>();
    constexpr unsigned line = __LINE__ + 1;
    task t = go([=] { ch.send(1); });
    const task_info info = settled(t);
    EXPECT_EQ(info.operation, "send");
    expect_place(info.where, line);
    EXPECT_EQ(info.on, "channel (capacity 0) made at " + here(made) +
                           ", from which no living task has received");
    static_cast<void>(ch.receive());
}

TEST_F(LifecycleTest, TellsWhoHasUsedTheOtherSide) {
    const auto ch = make_channel<int>(1), gate = make_channel<int>();
    task sender = go([=] {
        ch.send(1);
        static_cast<void>(gate.receive());
    });
    task receiver = go([=] {
        static_cast<void>(ch.receive());
        static_cast<void>(ch.receive());
    });
    EXPECT_THAT(settled(receiver).on, EndsWith(", sent to by " + number(sender)));
    gate.send(0);
    sender.join();
    EXPECT_THAT(settled(receiver).on, EndsWith(", to which no living task has sent"));
    ch.close();
}

TEST_F(LifecycleTest, TellsThatATaskSelects) {
    constexpr unsigned made = __LINE__ + 1;
    const auto in = make_channel<int>(), out = make_channel<int>(3);
    for (int i = 0; i < 3; ++i) out.send(i);
    constexpr unsigned line = __LINE__ + 1;
    task t = go([=] { select(receive(in), send(out, 9)); });
    const task_info info = settled(t);
    EXPECT_EQ(info.operation, "select");
    expect_place(info.where, line);
    EXPECT_EQ(info.on, "channel (capacity 0) made at " + here(made) +
                           ", to which no living task has sent\n    or channel (capacity 3) made "
                           "at " +
                           here(made) + ", from which no living task has received");
    in.send(1);
}

TEST_F(LifecycleTest, TellsThatATaskSelectsInVain) {
    const auto gate = make_channel<unit>();
    const channel<int> nil;
    constexpr unsigned line = __LINE__ + 1;
    task t = go([=] { select(receive(nil), receive(gate)); });
    expect_place(settled(t).where, line);
    EXPECT_THAT(info_of(t.id()).on, StartsWith("channel (capacity 0)")) << "nil is left out";
    gate.close();
}

TEST_F(LifecycleTest, TellsThatATaskJoins) {
    const auto gate = make_channel<unit>();
    constexpr unsigned started = __LINE__ + 1;
    task worker = go([=] { static_cast<void>(gate.receive()); });
    const std::uint64_t id = worker.id();
    constexpr unsigned line = __LINE__ + 1;
    task joiner = go([&] { worker.join(); });
    const task_info info = settled(joiner);
    EXPECT_EQ(info.operation, "join");
    expect_place(info.where, line);
    EXPECT_EQ(info.on, "task made at " + here(started) + ", waiting for #" + std::to_string(id));
    gate.close();
}

// One that sleeps is in timer_test.cpp.
TEST_F(LifecycleTest, TellsThatATaskWaitsForATimer) {
    constexpr unsigned made = __LINE__ + 1;
    const timer t(1h);
    task waiter = go([=] { static_cast<void>(t.receive()); });
    const task_info waits = settled(waiter);
    EXPECT_EQ(waits.operation, "receive");
    EXPECT_THAT(waits.on, StartsWith("timer made at " + here(made)));
    t.reset(0s);
}

TEST_F(LifecycleTest, TellsThePlaceOfAReceiveLoop) {
    const auto ch = make_channel<int>();
    constexpr unsigned line = __LINE__ + 2;
    task t = go([=] {
        for (int v : ch) static_cast<void>(v);
    });
    const task_info info = settled(t);
    EXPECT_EQ(info.operation, "receive");
    expect_place(info.where, line);
    ch.close();
}

TEST_F(LifecycleTest, AWaitThatIsOverIsNoLongerTold) {
    const auto ch = make_channel<int>();
    std::atomic<bool> received{false}, go_on{false};
    task t = go([&] {
        static_cast<void>(ch.receive());
        received = true;
        while (!go_on) this_task::yield();
    });
    lifecycle::settle();
    ch.send(1);
    while (!received) this_task::yield();
    const task_info info = info_of(t.id());
    EXPECT_FALSE(info.waiting);
    EXPECT_EQ(info.operation, "");
    EXPECT_EQ(info.on, "");
    go_on = true;
}

TEST_F(LifecycleTest, PrintsOneTaskAsTheReportsDo) {
    task_info t;
    t.id = 7;
    t.is_task = true;
    t.parent = 1;
    t.started = {"a.cpp", 3};
    EXPECT_EQ(lifecycle::to_string(t), "task #7 started at a.cpp:3 by #1\n    running");
    t.name = "walker";
    t.was_detached = true;
    t.detached = {"b.cpp", 4};
    t.waiting = true;
    t.operation = "send";
    t.where = {"c.cpp", 5};
    t.waited = 1250ms;
    t.on = "channel (capacity 0) made at d.cpp:6";
    EXPECT_EQ(lifecycle::to_string(t),
              "task #7 \"walker\" started at a.cpp:3 by #1, detached at b.cpp:4\n"
              "    blocked in send at c.cpp:5 for 1.25 s\n"
              "    on channel (capacity 0) made at d.cpp:6");
    task_info thread;
    thread.id = 1;
    EXPECT_EQ(lifecycle::to_string(thread), "thread #1\n    running");
}

// Looks from two sides at tasks that start, wait and end all the time.
TEST_F(LifecycleTest, CanBeLookedAtWhileEverythingMoves) {
    std::atomic<bool> stop{false};
    std::vector<task> lookers;
    for (int k = 0; k < 2; ++k)
        lookers.push_back(go([&] {
            while (!stop) {
                for (const task_info& t : lifecycle::tasks())
                    EXPECT_NE(lifecycle::to_string(t), "");
                EXPECT_NE(lifecycle::wait_report(), "");
                this_task::yield();
            }
        }));
    for (int i = 0; i < repeat(200); ++i) {
        const auto a = make_channel<int>(), b = make_channel<int>();
        task t = go({.name = "short-lived"}, [=] {
            select(receive(a), send(b, 1));
            this_task::sleep_for(1us);
        });
        select(send(a, 1), receive(b));
        task joiner = go([&] { t.join(); });
    }
    stop = true;
}

// --- find_leaks --------------------------------------------------------------------------------

// A task that blocks until it is told to end, and ends with this object at the latest.
class blocked_task {
public:
    explicit blocked_task(const char* name = "") {
        task_ = go({.name = name}, [gate = gate_] { static_cast<void>(gate.receive()); });
        lifecycle::settle();
    }
    ~blocked_task() { unblock(); }
    void unblock() {
        if (task_.joinable()) gate_.close();
        task_ = task();
    }
    std::uint64_t id() const { return task_.id(); }

private:
    const channel<unit> gate_ = make_channel<unit>();
    task task_;
};

// Counts what find_leaks finds at its first look.
std::size_t found(leak_filter filter = {}) {
    return lifecycle::find_leaks(filter.max_retries(0)).size();
}

// GK-1; TestFind.
TEST_F(FindLeaksTest, FindsABlockedTaskUntilItEnds) {
    EXPECT_EQ(lifecycle::find_leaks().size(), 0U);
    blocked_task blocked("blocked");
    const auto leaks = lifecycle::find_leaks(leak_filter().max_retries(1));
    ASSERT_EQ(leaks.size(), 1U);
    EXPECT_EQ(leaks[0].id, blocked.id());
    EXPECT_EQ(leaks[0].name, "blocked");
    EXPECT_EQ(leaks[0].parent, this_task::id());
    EXPECT_EQ(leaks[0].operation, "receive");
    blocked.unblock();
    EXPECT_EQ(lifecycle::find_leaks().size(), 0U);
}

// GK-1, GK-3; TestVerifyNone.
TEST_F(FindLeaksTest, TheReportListsThemAndIsEmptyWithoutAny) {
    EXPECT_EQ(lifecycle::leak_report(), "");
    blocked_task first("first"), second("second");
    const std::string report = lifecycle::leak_report(leak_filter().max_retries(0));
    EXPECT_THAT(report,
                MatchesRegex("found unexpected tasks:\n"
                             "task #[0-9]+ \"first\" started at [^\n]*lifecycle_test.cpp:[0-9]+ "
                             "by #[0-9]+\n"
                             "    blocked in receive at [^\n]*lifecycle_test.cpp:[0-9]+ for "
                             "[0-9.]+ s\n"
                             "    on channel \\(capacity 0\\) made at [^\n]*\n"
                             "task #[0-9]+ \"second\" [^\n]*\n"
                             "    blocked [^\n]*\n"
                             "    on [^\n]*\n"));
}

// GK-1.
TEST_F(FindLeaksTest, TheCallerIsNoLeakAndNoThreadIs) {
    const auto gate = make_channel<unit>();
    std::thread guest([=] { static_cast<void>(gate.receive()); });
    std::size_t seen_from_inside = 99;
    task t = go([&] { seen_from_inside = found(); });
    t.join();
    EXPECT_EQ(seen_from_inside, 0U);
    EXPECT_EQ(found(), 0U);
    gate.close();
    guest.join();
}

// GK-2; TestFindRetry: a task that is about to end is given time for it.
TEST_F(FindLeaksTest, WaitsForThoseWhoAreAboutToEnd) {
    const auto gate = make_channel<int>();
    task t = go([=] {
        static_cast<void>(gate.receive());
        this_task::sleep_for(30ms);
    });
    EXPECT_EQ(found(), 1U);
    gate.close();
    EXPECT_EQ(lifecycle::find_leaks().size(), 0U);
}

// GK-2: 20 looks, with pauses of 1, 2, 4 ... us, and of 100 ms at most.
TEST_F(FindLeaksTest, IsPatientForSomeFourHundredMilliseconds) {
    using clock = std::chrono::steady_clock;
    blocked_task blocked;
    auto start = clock::now();
    EXPECT_EQ(lifecycle::find_leaks().size(), 1U);
    EXPECT_GE(clock::now() - start, 131ms + 300ms);
    start = clock::now();
    EXPECT_EQ(lifecycle::find_leaks(leak_filter().max_retries(10)).size(), 1U);
    EXPECT_GE(clock::now() - start, 1023us);
}

// GK-5; TestIgnoreCurrent.
TEST_F(FindLeaksTest, IgnoreCurrentLeavesOutWhatRunsAlready) {
    blocked_task before;
    EXPECT_EQ(found(), 1U);
    EXPECT_EQ(found(leak_filter::ignore_current()), 0U);
}

TEST_F(FindLeaksTest, IgnoreCurrentStillSeesWhatComesLater) {
    blocked_task before;
    const leak_filter filter = leak_filter::ignore_current();
    blocked_task after;
    const auto leaks = lifecycle::find_leaks(leak_filter(filter).max_retries(0));
    ASSERT_EQ(leaks.size(), 1U);
    EXPECT_EQ(leaks[0].id, after.id());
}

TEST_F(FindLeaksTest, IgnoreCurrentGoesByIdentityAndNotByCode) {
    const auto start = [] { return std::make_unique<blocked_task>("same"); };
    auto before = start();
    const leak_filter filter = leak_filter::ignore_current();
    before.reset();
    const auto after = start();
    EXPECT_EQ(found(filter), 1U);
}

// TestOptionsFilters.
TEST_F(FindLeaksTest, IgnoresByName) {
    blocked_task service("service"), other("other");
    EXPECT_EQ(found(leak_filter().ignore_name("service")), 1U);
    EXPECT_EQ(found(leak_filter().ignore_name("serv")), 2U) << "the whole name counts";
    EXPECT_EQ(found(leak_filter().ignore_name("service").ignore_name("other")), 0U);
}

TEST_F(FindLeaksTest, IgnoresByTheFileOfTheGoStatement) {
    blocked_task blocked;
    EXPECT_EQ(found(leak_filter().ignore_started_in("lifecycle_test.cpp")), 0U);
    EXPECT_EQ(found(leak_filter().ignore_started_in("core/lifecycle_test.cpp")), 0U);
    EXPECT_EQ(found(leak_filter().ignore_started_in("lifecycle_test")), 1U);
    EXPECT_EQ(found(leak_filter().ignore_started_in("other.cpp")), 1U);
}

// TestOptionsIgnoreCreatedBy.
TEST_F(FindLeaksTest, IgnoresByPredicate) {
    blocked_task blocked;
    leak_filter filter;
    filter.ignore = [self = this_task::id()](const task_info& t) { return t.parent == self; };
    EXPECT_EQ(found(filter), 0U);
    filter.ignore = [](const task_info& t) { return t.operation == "send"; };
    EXPECT_EQ(found(filter), 1U);
}

TEST_F(FindLeaksTest, AddsToTheFilterOfIgnoreCurrent) {
    blocked_task before("before");
    leak_filter filter = leak_filter::ignore_current();
    blocked_task service("service"), leaked("leaked");
    const auto leaks = lifecycle::find_leaks(filter.ignore_name("service").max_retries(0));
    ASSERT_EQ(leaks.size(), 1U);
    EXPECT_EQ(leaks[0].name, "leaked");
}

// The false alarm of counters that are lowered before the end: right after a join, or after what a
// task does last, one look is enough.
TEST_F(FindLeaksTest, WhoHasJoinedNeverSeesTheJoined) {
    for (int i = 0; i < repeat(1000); ++i) {
        task t = go([] {});
        t.join();
        ASSERT_EQ(found(), 0U);
    }
}

// --- settle, parked ----------------------------------------------------------------------------

TEST_F(SettleTest, ReturnsAtOnceWhenThereIsNobodyElse) {
    lifecycle::settle();
    task t = go([] { lifecycle::settle(); });  // main waits in join
}

// ST-3: the longest chain of wake-ups that needs nobody else is over.
TEST_F(SettleTest, ReturnsWhenTheOthersCannotGoOnWithoutTheCaller) {
    for (int i = 0; i < repeat(50); ++i) {
        constexpr int length = 10;
        std::vector<channel<int>> links;
        for (int k = 0; k <= length; ++k) links.push_back(make_channel<int>());
        std::atomic<int> steps{0};
        std::vector<task> chain;
        for (std::size_t k = 0; k < length; ++k)
            chain.push_back(go([&, k] {
                for (int v : links[k]) {
                    ++steps;
                    links[k + 1].send(v + 1);
                }
            }));
        lifecycle::settle();
        EXPECT_EQ(steps, 0);
        links[0].send(0);
        lifecycle::settle();
        EXPECT_EQ(steps, length);
        for (const task& t : chain) EXPECT_TRUE(lifecycle::parked(t));
        EXPECT_EQ(*links[length].receive(), length);
        for (const auto& link : links) link.close();
    }
}

TEST_F(SettleTest, WaitsForThoseWhoAreStillBusy) {
    for (int i = 0; i < repeat(50); ++i) {
        const auto ch = make_channel<int>();
        std::atomic<bool> worked{false};
        task t = go([&] {
            for (int k = 0; k < 100; ++k) this_task::yield();
            worked = true;
            static_cast<void>(ch.receive());
        });
        lifecycle::settle();
        EXPECT_TRUE(worked);
        ch.close();
    }
}

TEST_F(SettleTest, ParkedIsTrueWhileATaskWaits) {
    const auto ch = make_channel<int>();
    std::atomic<bool> go_on{false};
    task t = go([&] {
        while (!go_on) this_task::yield();
        static_cast<void>(ch.receive());
    });
    EXPECT_FALSE(lifecycle::parked(t));
    go_on = true;
    while (!lifecycle::parked(t)) this_task::yield();
    ch.send(1);
    t.join();
    EXPECT_FALSE(lifecycle::parked(t));
    EXPECT_FALSE(lifecycle::parked(task()));
}

// --- wait_report -------------------------------------------------------------------------------

TEST_F(WaitReportTest, ListsEverybody) {
    blocked_task blocked("blocked");
    const std::string report = lifecycle::wait_report();
    EXPECT_THAT(report, HasSubstr(lifecycle::to_string(info_of(this_task::id())) + "\n"));
    EXPECT_THAT(report, HasSubstr("task #" + std::to_string(blocked.id()) + " \"blocked\""));
    EXPECT_THAT(report, Not(HasSubstr("the cycle:")));
}

// Two tasks that have each sent to the other, and now both receive first.
TEST_F(WaitReportTest, ShowsACycleOfChannels) {
    constexpr unsigned made = __LINE__ + 1;
    const auto ab = make_channel<int>(), ba = make_channel<int>();
    unsigned a_line = 0, b_line = 0;
    const auto done = make_channel<unit>(2);
    task a = go({.name = "a"}, [=, &a_line] {
        ab.send(1);
        static_cast<void>(ba.receive());
        a_line = __LINE__ + 2;
        done.send({});
        static_cast<void>(ba.receive());
    });
    task b = go({.name = "b"}, [=, &b_line] {
        static_cast<void>(ab.receive());
        ba.send(1);
        b_line = __LINE__ + 2;
        done.send({});
        static_cast<void>(ab.receive());
    });
    for (int i = 0; i < 2; ++i) static_cast<void>(done.receive());
    lifecycle::settle();
    const std::string report = lifecycle::wait_report();
    const std::string channel = "channel (capacity 0) made at " + here(made);
    EXPECT_THAT(report, EndsWith("\nthe cycle:\n"
                                 "    task " +
                                 number(a) + " \"a\" waits in receive at " + here(a_line) +
                                 "\n"
                                 "        for the " +
                                 channel +
                                 ",\n"
                                 "        which task " +
                                 number(b) +
                                 " \"b\" sends to\n"
                                 "    task " +
                                 number(b) + " \"b\" waits in receive at " + here(b_line) +
                                 "\n"
                                 "        for the " +
                                 channel +
                                 ",\n"
                                 "        which task " +
                                 number(a) + " \"a\" sends to\n"));
    ab.close();
    ba.close();
}

// One waits for the end of the other, who waits for a value that the first would send.
TEST_F(WaitReportTest, ShowsACycleThroughAJoin) {
    const auto values = make_channel<int>();
    task worker = go({.name = "worker"}, [=] {
        for (int v : values) static_cast<void>(v);
    });
    const std::string worker_number = number(worker);
    task owner = go({.name = "owner"}, [&] {
        values.send(1);
        worker.join();  // without the close
    });
    lifecycle::settle();
    const std::string report = lifecycle::wait_report();
    EXPECT_THAT(report,
                AllOf(HasSubstr("task " + number(owner) + " \"owner\" waits in join at "),
                      HasSubstr("which task " + worker_number + " \"worker\" must end for\n"),
                      HasSubstr("task " + worker_number + " \"worker\" waits in receive at "),
                      HasSubstr("which task " + number(owner) + " \"owner\" sends to\n")));
    values.close();
}

TEST_F(WaitReportTest, AChainIsNoCycle) {
    const auto first = make_channel<int>(), second = make_channel<int>();
    task a = go([=] {
        for (int v : first) second.send(v);
        second.close();
    });
    task b = go([=] {
        for (int v : second) static_cast<void>(v);
    });
    first.send(1);
    lifecycle::settle();
    EXPECT_THAT(lifecycle::wait_report(),
                AllOf(HasSubstr(", sent to by " + number(a)), Not(HasSubstr("the cycle"))));
    first.close();
}

TEST_F(WaitReportTest, WhoWaitsBehindACycleIsNoPartOfIt) {
    const auto ab = make_channel<int>(), ba = make_channel<int>(), ac = make_channel<int>();
    task bystander = go({.name = "bystander"}, [=] {
        for (int v : ac) static_cast<void>(v);
    });
    task a = go({.name = "a"}, [=] {
        ac.send(1);
        ab.send(1);
        for (int v : ba) static_cast<void>(v);
    });
    task b = go({.name = "b"}, [=] {
        ba.send(*ab.receive());
        static_cast<void>(ab.receive());
    });
    lifecycle::settle();
    const std::string report = lifecycle::wait_report();
    ASSERT_THAT(report, HasSubstr("\nthe cycle:\n"));
    const std::string cycle = report.substr(report.find("the cycle"));
    EXPECT_THAT(cycle, AllOf(HasSubstr("\"a\" waits"), HasSubstr("\"b\" waits"),
                             Not(HasSubstr("bystander"))));
    for (const auto& ch : {ab, ba, ac}) ch.close();
}

// Of tasks that wait in a select, any case can be the one that closes the cycle.
TEST_F(WaitReportTest, ShowsACycleThroughASelect) {
    const auto unused = make_channel<int>(), ab = make_channel<int>(), ba = make_channel<int>();
    task a = go({.name = "a"}, [=] {
        ab.send(1);
        static_cast<void>(ba.receive());
        select(receive(unused), receive(ba));
    });
    task b = go({.name = "b"}, [=] {
        static_cast<void>(ab.receive());
        ba.send(1);
        select(receive(unused), receive(ab));
    });
    lifecycle::settle();
    EXPECT_THAT(lifecycle::wait_report(),
                AllOf(HasSubstr("\nthe cycle:\n"), HasSubstr("\"a\" waits in select at "),
                      HasSubstr("\"b\" waits in select at ")));
    unused.close();
}

}  // namespace braid::lifecycle_test
