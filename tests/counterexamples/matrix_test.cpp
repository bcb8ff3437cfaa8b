#include "harness_test.hpp"

namespace braid::harness {
namespace {

class harness_matrix : public harness {
protected:
    harness_matrix() {
        where_ = {directory_,          directory_ / "release", directory_ / "asan",
                  directory_ / "tsan", directory_ / "explore", directory_ / "docs/tool_matrix.md"};
        std::string race = contents(sources / "race.cpp");
        race.replace(race.find("fixture.1"), 9, "first.10");
        race.replace(race.find("explore=data-race@BUG"), 21, "explore=ok");
        add("first", "race", race, "tsan", programs / "race");
        add("first", "silent", header("plain=ok asan=ok tsan=ok leak=ok explore=ok", "first.9"));
        const fs::path explorer =
            write("explorer", "#!/bin/sh\necho 'explore: deadlock in main at x.cpp:1'\nexit 66\n");
        fs::permissions(explorer, fs::perms::owner_all);
        add("second", "other",
            header("plain=ok asan=ok tsan=ok leak=ok explore=deadlock", "second.1"), "explore",
            explorer);
    }

    // One that does nothing, but in one tree.
    void add(const std::string& pattern, const std::string& stem, const std::string& text,
             const std::string& tree = "", const fs::path& there = "") {
        write("patterns/" + pattern + "/broken/" + stem + ".cpp", text);
        for (const char* built :
             {"release/broken", "release/leak", "asan/broken", "tsan/broken", "explore/broken"}) {
            const fs::path place = directory_ / built / pattern;
            fs::create_directories(place);
            const bool other = built == tree + "/broken";
            fs::create_symlink(other ? there : programs / "actor", place / stem);
        }
    }

    matrix_paths where_;
};

TEST_F(harness_matrix, WritesWhatItSaw) {
    EXPECT_EQ(matrix(printed_, where_), 0) << printed();
    const std::string file = contents(where_.output);
    EXPECT_THAT(file, HasSubstr("## first\n\n| bug | what is wrong | plain | asan | tsan | leak"));
    EXPECT_THAT(file,
                HasSubstr("| first.9 (ON2) | [A fake](../patterns/first/broken/silent.cpp) | ok | "
                          "ok | ok | ok | ok |\n| first.10 | [Two threads write one int]"
                          "(../patterns/first/broken/race.cpp) | ok | ok | **data-race** | ok | "
                          "ok |\n"));
    EXPECT_THAT(file, HasSubstr("- tsan: sees 1 of 3.\n"));
    EXPECT_THAT(file, HasSubstr("- Only explore sees: second.1.\n"));
    EXPECT_THAT(file, HasSubstr("- No tool sees: first.9.\n"));
    EXPECT_EQ(matrix(printed_, where_), 0);
    EXPECT_EQ(contents(where_.output), file);
}

TEST_F(harness_matrix, LeavesTheFileAloneWhenSomethingIsNotAsStated) {
    write("patterns/first/broken/silent.cpp",
          header("plain=ok asan=ok tsan=ok leak=deadlock explore=ok", "first.9"));
    EXPECT_EQ(matrix(printed_, where_), 1);
    EXPECT_THAT(printed(), HasSubstr("leak=NOT AS STATED"));
    EXPECT_THAT(printed(), HasSubstr("stated: deadlock\n  seen:   ok (try 10)"));
    EXPECT_FALSE(fs::exists(where_.output));
}

TEST_F(harness_matrix, SaysWhichProgramsAreNotBuilt) {
    fs::remove(directory_ / "asan/broken/first/race");
    fs::remove(directory_ / "asan/broken/second/other");
    try {
        matrix(printed_, where_);
        FAIL() << "nothing was missed";
    } catch (const user_error& problem) {
        EXPECT_THAT(problem.what(), HasSubstr("1 more are not built; `make matrix` builds them"));
    }
}

}  // namespace
}  // namespace braid::harness
