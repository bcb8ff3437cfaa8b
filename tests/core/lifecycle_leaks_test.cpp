// BRAID_LEAKS: the leak check at the end of main, and Go's corpus of leaking programs under it.
//
// goleak's TestVerifyTestMain: a clean exit status becomes one that is not, any other is kept; not
// here: RunOnFailure and Cleanup, which are options of its own.
//
// Of Go's testgoroutineleakprofile (micro and common patterns) those that need channels alone.
//   WaitGroup, MutexStack, MutexHeap, RWMutex*, Cond, Mixed   with the patterns of that name
//   Timeout                                                   with context
//   SelectNoCasesMain        main is no leak: alone, it is a deadlock (lifecycle_deadlock_test.cpp)
//   NoLeakGlobal             is the opposite here: the registry knows who has not ended, and not
//                            what could still be reached
//   SpawnGC, DaisyChain      stress the collector
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::lifecycle_leaks_test {

using namespace braid_test;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class LeakCheckDeathTest : public ::testing::Test {};
class LeakCorpusDeathTest : public ::testing::Test {};

void leak_one(const char* name = "") {
    task t = go({.name = name}, [] { static_cast<void>(make_channel<int>().receive()); });
    t.detach();
}

// --- TestVerifyTestMain ------------------------------------------------------------------------

TEST_F(LeakCheckDeathTest, NoLeakKeepsStatusZeroAndSaysNothing) {
    EXPECT_EXIT(checked_child([] {
                    task t = go([] {});
                    t.join();
                }),
                exits(0), "^$");
}

TEST_F(LeakCheckDeathTest, ALeakMakesStatusZeroAnother) {
    EXPECT_EXIT(checked_child([] { leak_one("lost"); }), exits(leak_status),
                MatchesRegex("braid: at the end of main: 1 task leaked, 0 contexts never "
                             "cancelled\n"
                             "task #[0-9]+ \"lost\" started at [^\n]*lifecycle_leaks_test.cpp:"
                             "[0-9]+ by #1, detached at [^\n]*lifecycle_leaks_test.cpp:[0-9]+\n"
                             "    blocked in receive at [^\n]*lifecycle_leaks_test.cpp:[0-9]+ for "
                             "[0-9.]+ s\n"
                             "    on channel \\(capacity 0\\) made at [^\n]*\n"));
}

TEST_F(LeakCheckDeathTest, AnyOtherStatusIsKeptWithoutAReport) {
    EXPECT_EXIT(checked_child([] {
                    leak_one();
                    std::exit(7);
                }),
                exits(7), "^$");
    EXPECT_EXIT(checked_child([] { std::exit(7); }), exits(7), "^$");
}

TEST_F(LeakCheckDeathTest, WithoutTheVariableThereIsNoCheck) {
    EXPECT_EXIT(child([] { leak_one(); }), exits(0), "^$");
}

TEST_F(LeakCheckDeathTest, AProgramWithoutBraidIsNotConcerned) {
    EXPECT_EXIT(checked_child([] {}), exits(0), "^$");
}

// --- what counts -------------------------------------------------------------------------------

// GK-2.
TEST_F(LeakCheckDeathTest, ATaskThatIsAboutToEndIsGivenTime) {
    EXPECT_EXIT(checked_child([] { go([] { this_task::sleep_for(30ms); }).detach(); }), exits(0),
                "^$");
}

TEST_F(LeakCheckDeathTest, ATaskThatRunsOnIsALeakToo) {
    EXPECT_EXIT(checked_child([] {
                    static std::atomic<bool> stop{false};
                    go({.name = "busy"}, [] {
                        while (!stop) this_task::sleep_for(1us);
                    }).detach();
                    go({.name = "spinning"}, [] {
                        while (!stop) this_task::yield();
                    }).detach();
                }),
                exits(leak_status),
                AllOf(HasSubstr("2 tasks leaked"), HasSubstr("\"busy\" started"),
                      ContainsRegex("\"spinning\" started [^\n]*\n    running\n")));
}

TEST_F(LeakCheckDeathTest, AThreadIsNoLeak) {
    EXPECT_EXIT(checked_child([] {
                    std::thread([] { static_cast<void>(make_channel<int>().receive()); }).detach();
                    while (lifecycle::tasks().size() < 1) std::this_thread::yield();
                    static_cast<void>(this_task::id());
                }),
                exits(0), "^$");
}

// The one who ends the process has not leaked, whoever it is.
TEST_F(LeakCheckDeathTest, ATaskMayEndTheProcess) {
    EXPECT_EXIT(checked_child([] {
                    task t = go([] { std::exit(0); });
                    t.join();
                }),
                exits(0), "^$");
}

TEST_F(LeakCheckDeathTest, ResourcesThatWereNotGivenBackAreCounted) {
    EXPECT_EXIT(checked_child([] {
                    static_cast<void>(this_task::id());
                    for (int i = 0; i < 3; ++i)
                        static_cast<void>(new registry::resource("context", {"made.cpp", 7}));
                    static_cast<void>(new registry::resource("context", {"other.cpp", 8}));
                }),
                exits(leak_status),
                MatchesRegex("braid: at the end of main: 0 tasks leaked, 4 contexts never "
                             "cancelled\n"
                             "3 x context made at made.cpp:7\n"
                             "1 x context made at other.cpp:8\n"));
}

TEST_F(LeakCheckDeathTest, ResourcesThatWereGivenBackAreNot) {
    EXPECT_EXIT(
        checked_child([] {
            static_cast<void>(this_task::id());
            std::vector<std::unique_ptr<registry::resource>> list;
            for (int i = 0; i < 5; ++i)
                list.push_back(std::make_unique<registry::resource>("context", place::here()));
            list[2]->release();  // from the middle, both ends, and twice
            list[2]->release();
            list[0]->release();
            list[4].reset();
        }),
        exits(0), "^$");
}

TEST_F(LeakCheckDeathTest, WhatWasPrintedComesOutFirst) {
    EXPECT_EXIT(checked_child([] {
                    dup2(STDERR_FILENO, STDOUT_FILENO);
                    leak_one();
                    std::printf("half a line ");
                }),
                exits(leak_status), StartsWith("half a line braid: at the end of main"));
}

// --- Go's corpus -------------------------------------------------------------------------------

// Starts the program of the corpus that has this name. Its leaks are told by it.
template <class F>
void in_background(const char* program, F f, place where = place::here()) {
    go({.name = program}, std::move(f), where).detach(where);
}

// `n` leaks of this program are reported, each with this reason.
MATCHER_P3(HasLeaks, n, program, reason, "") {
    const std::string name = std::string("\"") + program + "\" started at ";
    const std::string blocked = std::string("    blocked in ") + reason + " at ";
    int found = 0;
    for (auto at = arg.find(name); at != std::string::npos; at = arg.find(name, at + 1)) {
        const auto next_line = arg.find('\n', at) + 1;
        if (arg.compare(next_line, blocked.size(), blocked) == 0) ++found;
    }
    return found == n;
}

TEST_F(LeakCorpusDeathTest, Micro) {
    const auto program = [] {
        in_background("NilRecv", [] { channel<int>().receive(); });
        in_background("NilSend", [] { channel<int>().send(0); });
        in_background("ChanRecv", [] { make_channel<int>().receive(); });
        in_background("ChanSend", [] { make_channel<int>().send(0); });
        in_background("Select",
                      [] { select(send(make_channel<int>(), 0), receive(make_channel<int>())); });
        in_background("SelectNil",
                      [] { select(receive(channel<int>()), send(channel<int>(), 0)); });
        lifecycle::settle();
    };
    EXPECT_EXIT(
        checked_child(program), exits(leak_status),
        AllOf(HasSubstr("6 tasks leaked"), HasLeaks(1, "NilRecv", "receive (nil channel)"),
              HasLeaks(1, "NilSend", "send (nil channel)"), HasLeaks(1, "ChanRecv", "receive"),
              HasLeaks(1, "ChanSend", "send"), HasLeaks(1, "Select", "select"),
              HasLeaks(1, "SelectNil", "select (no case can ever proceed)")));
}

// Not a leak in Go, because a global refers to the channel. Here it is one, although the global has
// been destroyed when the check looks at who waits on it.
TEST_F(LeakCorpusDeathTest, NoLeakGlobal) {
    const auto program = [] {
        // The first use of Braid asks for the check, so the global goes before it.
        static_cast<void>(this_task::id());
        static const auto global = make_channel<int>();
        in_background("NoLeakGlobal", [] { static_cast<void>(global.receive()); });
        lifecycle::settle();
    };
    EXPECT_EXIT(checked_child(program), exits(leak_status), HasLeaks(1, "NoLeakGlobal", "receive"));
}

// A select that is written out cannot be empty; a list of cases can, and has no place.
TEST_F(LeakCorpusDeathTest, SelectNoCases) {
    EXPECT_EXIT(checked_child([] {
                    in_background("SelectNoCases", [] {
                        select_list none;
                        select(none);
                    });
                }),
                exits(leak_status),
                AllOf(HasSubstr("1 task leaked"),
                      HasSubstr("    blocked in select (no case can ever proceed)")));
}

// G-7: nobody can reach the channel any more, and its task is still there.
TEST_F(LeakCorpusDeathTest, ABlockedTaskIsNeverCollected) {
    EXPECT_EXIT(child([] {
                    auto ch = make_channel<int>();
                    in_background("blocked", [ch] { static_cast<void>(ch.receive()); });
                    ch = {};
                    for (int i = 0; i < 3; ++i) {
                        lifecycle::settle();
                        if (lifecycle::tasks().size() == 2) say("it is still there");
                    }
                }),
                exits(0), "^(it is still there\n)(it is still there\n)(it is still there\n)$");
}

// The channel is never closed, so the loops of the workers do not end; without a worker it is the
// sender that leaks.
void no_close_range(int workers) {
    const auto ch = make_channel<int>();
    for (int i = 0; i < workers; ++i)
        in_background("NoCloseRange.worker", [=] {
            for (int item : ch) static_cast<void>(item);
        });
    for (int item = 0; item < 3; ++item) ch.send(item);
}

// Whoever starts it must stop it.
class background_worker {
public:
    void start() const {
        in_background("MethodContractViolation", [items = items_, done = done_] {
            while (select(receive(items), receive(done)) == 0) {
            }
        });
    }
    void stop() const { done_.close(); }
    void add(int item) const { items_.send(item); }

private:
    channel<int> items_ = make_channel<int>();
    channel<unit> done_ = make_channel<unit>();
};

void method_contract(bool stop) {
    const background_worker w;
    w.start();
    for (int i = 0; i < 10; ++i) w.add(i);
    if (stop) w.stop();
}

void double_send(std::size_t capacity, bool error) {
    const auto ch = make_channel<int>(capacity);
    in_background("DoubleSend", [=] {
        if (error) ch.send(-1);  // and no return
        ch.send(0);
    });
    static_cast<void>(ch.receive());
}

void early_return(bool error) {
    const auto ch = make_channel<int>();
    in_background("EarlyReturn", [=] { ch.send(0); });
    if (!error) static_cast<void>(ch.receive());
}

// The first answer is taken, on a channel that may have room for the others.
void first_of(int n, std::size_t capacity) {
    const auto ch = make_channel<int>(capacity);
    for (int i = 0; i < n; ++i) in_background("NCastLeak.sender", [=] { ch.send(i); });
    static_cast<void>(ch.receive());
}

TEST_F(LeakCorpusDeathTest, CommonPatterns) {
    const auto program = [] {
        in_background("NoCloseRange", [] { no_close_range(0); });
        in_background("NoCloseRange", [] { no_close_range(3); });
        method_contract(false);
        double_send(0, true);
        early_return(true);
        first_of(5, 0);
        in_background("NCastLeak", [] { first_of(0, 0); });
    };
    EXPECT_EXIT(
        checked_child(program), exits(leak_status),
        AllOf(HasSubstr("12 tasks leaked"), HasLeaks(1, "NoCloseRange", "send"),
              HasLeaks(3, "NoCloseRange.worker", "receive"),
              HasLeaks(1, "MethodContractViolation", "select"), HasLeaks(1, "DoubleSend", "send"),
              HasLeaks(1, "EarlyReturn", "send"), HasLeaks(4, "NCastLeak.sender", "send"),
              HasLeaks(1, "NCastLeak", "receive")));
}

TEST_F(LeakCorpusDeathTest, CommonPatternsRepaired) {
    const auto program = [] {
        method_contract(true);
        double_send(0, false);
        double_send(1, true);
        early_return(false);
        first_of(5, 5);
    };
    EXPECT_EXIT(checked_child(program), exits(0), "^$");
}

}  // namespace braid::lifecycle_leaks_test
