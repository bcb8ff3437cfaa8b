// Does the harness notice? Each case gives it something that is not as stated, or that misbehaves.

#include "harness_test.hpp"

#include <sys/personality.h>
#include <unistd.h>

namespace braid::harness {
namespace {

using namespace std::chrono_literals;

// --- Real tools --------------------------------------------------------------------------------

TEST_F(harness, AcceptsARaceAtTheMarkedLine) {
    EXPECT_EQ(check_fixture("race", tool::tsan), 0) << printed();
    EXPECT_THAT(printed(), HasSubstr("as stated"));
    EXPECT_THAT(contents(directory_ / "results/fixture.race.tsan"),
                StartsWith("stated data-race@BUG\nseen data-race\ntries "));
}

TEST_F(harness, RejectsARightProgramThatIsSaidToRace) {
    EXPECT_EQ(check_fixture("no_race", tool::tsan), 1);
    EXPECT_THAT(printed(), HasSubstr("stated: data-race"));
    EXPECT_THAT(printed(), HasSubstr("seen:   ok (try 10)"));
    EXPECT_THAT(printed(), HasSubstr("exit status 0"));
}

TEST_F(harness, RejectsAWrongMark) {
    EXPECT_EQ(check_fixture("wrong_line", tool::tsan), 1);
    EXPECT_THAT(printed(), HasSubstr("not the marked wrong_line.cpp:14"));
}

TEST_F(harness, KnowsTheOtherReports) {
    EXPECT_EQ(check_fixture("lock_order", tool::tsan), 0) << printed();
    EXPECT_EQ(check_fixture("use_after_free", tool::asan), 0) << printed();
    EXPECT_EQ(check_fixture("lost_memory", tool::asan), 0) << printed();
}

TEST_F(harness, RejectsABugWhereNoneIsStated) {
    const auto source = write("race.cpp", header("plain=ok asan=ok tsan=ok leak=ok explore=ok"));
    EXPECT_EQ(check(printed_, {tool::tsan, programs / "race", source, {}}, ""), 1);
    EXPECT_THAT(printed(), HasSubstr("stated: ok"));
    EXPECT_THAT(printed(), HasSubstr("seen:   data-race (try 1)"));
    EXPECT_THAT(printed(), HasSubstr("exit status 66"));
    EXPECT_THAT(printed(), HasSubstr("| SUMMARY: ThreadSanitizer"));
}

// --- Ways to end -------------------------------------------------------------------------------

TEST_F(harness, EndsAndNamesAHang) {
    const auto start = std::chrono::steady_clock::now();
    const trial done = act("hang", tool::plain, "hang", child_limits{});
    EXPECT_TRUE(done.as_stated);
    EXPECT_EQ(done.last.what, "hang: 2 threads asleep, no CPU used for 1.5 s");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 8s);
    EXPECT_TRUE(act("close output", tool::plain, "hang").as_stated);
}

TEST_F(harness, EndsAProgramThatSpins) {
    const trial done = act("spin", tool::plain, "hang");
    EXPECT_TRUE(done.as_stated);
    EXPECT_EQ(done.last.what, "hang: still running after 2.5 s");
}

TEST_F(harness, BoundsAProgramThatPrintsEndlessly) {
    const trial done = act("print", tool::plain, "hang");
    EXPECT_EQ(done.last.what, "hang: still running after 2.5 s");
    EXPECT_EQ(done.run.output.size(), std::size_t{1} << 20);
}

TEST_F(harness, EndsWhatAProgramLeavesBehind) {
    EXPECT_EQ(act("grandchild", tool::plain, "ok").last.what, "ok");
    const pid_t grandchild = std::stoi(contents(directory_ / "act_file"));
    // Whoever inherits it may take a moment to bury it: a zombie is dead, too.
    bool dead = false;
    for (int i = 0; i < 100 && !dead; ++i) {
        const std::string status = contents("/proc/" + std::to_string(grandchild) + "/stat");
        dead = status.empty() || status.find(") Z ") != std::string::npos;
        if (!dead) usleep(10'000);
    }
    EXPECT_TRUE(dead);
}

TEST_F(harness, NamesASignal) {
    EXPECT_EQ(act_once("crash"), "unexpected: signal 11 (Segmentation fault)");
    EXPECT_EQ(act_once("abort"), "unexpected: signal 6 (Aborted)");
}

TEST_F(harness, DemandsReportAndExitStatus) {
    EXPECT_EQ(
        act_once("race text", tool::tsan),
        "unexpected: data race was reported, but with exit status 0 instead of exit status 66");
    EXPECT_FALSE(act("race text", tool::tsan, "data-race").as_stated);
    EXPECT_EQ(act_once("status 66", tool::tsan), "unexpected: exit status 66");
    EXPECT_EQ(act_once("wrong but 0"),
              "unexpected: a wrong result was printed, but with exit status 0");
}

TEST_F(harness, KnowsWhatProgramsSayThemselves) {
    EXPECT_TRUE(act("wrong", tool::plain, "wrong-result").as_stated);
    EXPECT_TRUE(act("throw", tool::plain, "throws").as_stated);
    EXPECT_TRUE(act("deadlock", tool::leak, "deadlock@BUG").as_stated);
    EXPECT_TRUE(act("leak", tool::leak, "leak@BUG").as_stated);
    EXPECT_FALSE(act("leak", tool::leak, "deadlock").as_stated);
}

TEST_F(harness, DemandsThatTheExplorerFindsItAgain) {
    EXPECT_TRUE(act("explored", tool::explore, "wrong-result@BUG").as_stated);
    EXPECT_FALSE(act("explored", tool::explore, "deadlock").as_stated);
    EXPECT_EQ(act("explored differently", tool::explore, "wrong-result").last.what,
              "unexpected: replay 1 went another way");
    const trial silent = act("", tool::explore, "ok");
    EXPECT_TRUE(silent.as_stated);
    EXPECT_EQ(silent.tries, 1);
}

TEST_F(harness, NeverAcceptsUndefinedBehaviour) {
    EXPECT_EQ(act_once("undefined", tool::asan),
              "unexpected: undefined behaviour: signed integer overflow");
}

TEST_F(harness, CountsRetries) {
    const trial done = act("flaky", tool::plain, "wrong-result");
    EXPECT_TRUE(done.as_stated);
    EXPECT_EQ(done.tries, 3);
}

TEST_F(harness, DemandsThreeRunsForOk) {
    const trial lucky = act("", tool::plain, "ok");
    EXPECT_TRUE(lucky.as_stated);
    EXPECT_EQ(lucky.tries, 3);
    const trial flaky = act("flaky", tool::plain, "ok");
    EXPECT_FALSE(flaky.as_stated);
    EXPECT_EQ(flaky.last.what, "wrong-result");
}

TEST_F(harness, SwitchesAddressRandomisationOff) {
    const int usual = personality(0xffffffff);
    if (personality(static_cast<unsigned long>(usual) | ADDR_NO_RANDOMIZE) == -1) {
        GTEST_SKIP() << "this sandbox does not allow it";
    }
    personality(static_cast<unsigned long>(usual));
    setenv("ACT", "address", 1);
    child_settings fixed;
    fixed.fixed_addresses = true;
    const std::string address = run_child(programs / "actor", fixed).output;
    EXPECT_THAT(address, StartsWith("0x"));
    EXPECT_EQ(run_child(programs / "actor", fixed).output, address);
    EXPECT_NE(run_child(programs / "actor", {}).output, address);
}

TEST_F(harness, KeepsTheOptionsOfTheUserOut) {
    setenv("TSAN_OPTIONS", "exitcode=0", 1);
    EXPECT_EQ(check_fixture("race", tool::tsan), 0) << printed();
    unsetenv("TSAN_OPTIONS");
}

}  // namespace
}  // namespace braid::harness
