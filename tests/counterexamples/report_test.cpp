#include "report.hpp"

#include "harness_test.hpp"
#include "trim.hpp"

namespace braid::harness {
namespace {

TEST(harness_report, NamesAPlaceByFileAndLine) {
    EXPECT_TRUE(names_place("#0 main /a/once.cpp:12 (x+0x1)", "once.cpp:12"));
    EXPECT_FALSE(names_place("#0 main /a/once.cpp:123", "once.cpp:12"));
    EXPECT_FALSE(names_place("#0 main /a/not_once.cpp:12", "once.cpp:12"));
    EXPECT_EQ(lines_named("a/b.cpp:15:3 b.cpp:7 ab.cpp:9 b.cpp:15", "b.cpp"), "7, 15");
}

TEST(harness_report, TakesOriginsForNoEvidence) {
    const auto found = find_report(tool::tsan,
                                   "once.cpp:1\nWARNING: ThreadSanitizer: data race (pid=7)\n"
                                   "  Write of size 4 at 0x1 by main thread:\n"
                                   "    #0 main once.cpp:2\n\n"
                                   "  Location is heap block at 0x1 allocated by main thread:\n"
                                   "    #0 main once.cpp:3\n\n"
                                   "  Thread T1 (tid=9, running) created by main thread at:\n"
                                   "    #0 main once.cpp:4\n\n"
                                   "SUMMARY: ThreadSanitizer: data race\nonce.cpp:5\n");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->name, "data race");
    EXPECT_EQ(lines_named(found->evidence, "once.cpp"), "2");
    EXPECT_FALSE(find_report(tool::asan, found->text).has_value());
}

TEST(harness_report, TakesTheAccessesOfARaceForEvidenceAndElseAllRows) {
    const std::string rest =
        " in t1 at once.cpp:2\n  read by t1\n  the other access: main at once.cpp:3\n\n"
        "| main    | t1\n| 4  f(); |\n|         | 2  g();\n\n9 events, fingerprint 00000000\n"
        "found in execution 5\n";
    const auto race = find_report(tool::explore, "explore: data-race" + rest);
    ASSERT_TRUE(race.has_value());
    EXPECT_EQ(race->means, verdict::data_race);
    EXPECT_EQ(lines_named(race->evidence, "once.cpp"), "2, 3");
    const auto deadlock = find_report(tool::explore, "explore: deadlock" + rest);
    ASSERT_TRUE(deadlock.has_value());
    EXPECT_EQ(deadlock->means, verdict::deadlock);
    EXPECT_EQ(lines_named(deadlock->evidence, "once.cpp"), "2, 3, 4");
    EXPECT_THAT(deadlock->text, Not(HasSubstr("found in")));
    EXPECT_FALSE(find_report(tool::explore, "explore: cannot go on: why\n")->means);
}

TEST_F(harness, ShowsTheReportTheLineAndHowToReadIt) {
    EXPECT_EQ(show(printed_, {tool::tsan, programs / "race", sources / "race.cpp", {}}, false), 0);
    EXPECT_THAT(printed(), StartsWith("fixture.1  Two threads write one int\n"));
    EXPECT_THAT(printed(), HasSubstr("WARNING: ThreadSanitizer: data race\n"));
    EXPECT_THAT(printed(), HasSubstr("Both stacks end in this file. The marked line is in one"));
    EXPECT_THAT(printed(), HasSubstr("->   18 |         shared = 1;  // BUG\n"));
    EXPECT_THAT(printed(), HasSubstr("      21 |     while (!written"));
    EXPECT_THAT(printed(), Not(HasSubstr(" 22 | ")));
    EXPECT_THAT(printed(), HasSubstr("Caught as stated: data-race at race.cpp:18"));
    for (const char* noise :
         {"pthread_create", "c++/12", "<null>", "pid=", "SUMMARY", "+0x", "\033["}) {
        EXPECT_THAT(printed(), Not(HasSubstr(noise)));
    }
}

TEST_F(harness, ShowFailsWhenTheBugIsNotCaught) {
    EXPECT_EQ(show(printed_, {tool::tsan, programs / "no_race", sources / "no_race.cpp", {}}, true),
              1);
    EXPECT_THAT(printed(), HasSubstr("\033["));
}

TEST(harness_report, TrimsToWhatALearnerCanUse) {
    const auto lines = trim_report(
        "==================\n==7==ERROR: AddressSanitizer: x on address 0x1 at pc 0x2 bp 0x3\n"
        "    #0 0x55 in f(int) /tree/patterns/p/a.cpp:3\n"
        "    #1 0x56 in std::thread::run /usr/include/c++/12/thread:9\n"
        "made here:\n    #0 0x7f in operator new ../../src/libsanitizer/asan.cpp:9\n",
        "/tree");
    EXPECT_THAT(lines,
                testing::ElementsAre("ERROR: AddressSanitizer: x on address 0x1",
                                     "    #0 f(int) patterns/p/a.cpp:3", "made here:", "    ..."));
}

}  // namespace
}  // namespace braid::harness
