#include "harness_test.hpp"

namespace braid::harness {
namespace {

class harness_matrix : public harness {
protected:
    harness_matrix() {
        where_ = {directory_, directory_ / "release", directory_ / "asan", directory_ / "tsan",
                  directory_ / "docs/tool_matrix.md"};
        std::string race = contents(sources / "race.cpp");
        race.replace(race.find("fixture.1"), 9, "first.10");
        add("first", "race", race, programs / "race");
        add("first", "silent", header("plain=ok asan=ok tsan=ok leak=ok", "first.9"),
            programs / "actor");
        add("second", "other", header("plain=ok asan=ok tsan=ok leak=ok explore=hang", "second.1"),
            programs / "actor");
    }

    void add(const std::string& pattern, const std::string& stem, const std::string& text,
             const fs::path& under_tsan) {
        write("patterns/" + pattern + "/broken/" + stem + ".cpp", text);
        for (const char* tree : {"release/broken", "release/leak", "asan/broken", "tsan/broken"}) {
            const fs::path place = directory_ / tree / pattern;
            fs::create_directories(place);
            const bool tsan = std::string(tree) == "tsan/broken";
            fs::create_symlink(tsan ? under_tsan : programs / "actor", place / stem);
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
                          "ok | ok | ok | – |\n| first.10 | [Two threads write one int]"
                          "(../patterns/first/broken/race.cpp) | ok | ok | **data-race** | ok | "
                          "**data-race** |\n"));
    EXPECT_THAT(file, HasSubstr("- tsan: sees 1 of 3.\n"));
    EXPECT_THAT(file, HasSubstr("- Only explore sees: second.1.\n"));
    EXPECT_THAT(file, HasSubstr("- No tool sees: first.9.\n"));
    EXPECT_EQ(matrix(printed_, where_), 0);
    EXPECT_EQ(contents(where_.output), file);
}

TEST_F(harness_matrix, LeavesTheFileAloneWhenSomethingIsNotAsStated) {
    write("patterns/first/broken/silent.cpp",
          header("plain=ok asan=ok tsan=ok leak=deadlock", "first.9"));
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
