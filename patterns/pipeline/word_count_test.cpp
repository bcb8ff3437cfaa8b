// The computation of the demo, and the demo, against tr, sort and uniq on the same files.
#include "patterns/pipeline/word_count.hpp"

#include <string>
#include <vector>

#include "tests/support/braid_test.hpp"
#include "tests/support/command_line.hpp"

namespace braid::word_count_test {

using namespace std::literals;
using testing::HasSubstr;
using testing::IsEmpty;

class WordCountTest : public braid_test::fixture {
protected:
    void SetUp() override {
        for (const char* tool : {"tr", "sort", "uniq", "grep", "xargs"})
            if (!braid_test::has_tool(tool)) GTEST_SKIP() << "there is no " << tool << " here";
    }

    // Words do not run on from one file into the next: hence the echo.
    static std::string words_by_tools(const std::vector<demo::fs::path>& files) {
        return braid_test::output_for(files,
                                      R"(for f; do cat "$f"; echo; done | tr -cs A-Za-z '\n' |
                                         tr A-Z a-z | grep -v '^$' | sort | uniq -c)");
    }
};

// Files that end without a newline, are empty, hold all bytes, have strange names.
void write_odd_files(const braid_test::scratch& at) {
    std::string bytes;
    for (int i = 0; i < 3 * 256; ++i) bytes.push_back(static_cast<char>(i * 7));
    at.write("plain.txt", "The quick brown fox\njumps over the lazy dog.\nThe END");
    at.write("joined.txt", "ing and so on");
    at.write("empty", "");
    at.write("newlines", "\n\n\n");
    at.write("bytes.bin", bytes);
    at.write("utf8.txt", "na\xc3\xafve caf\xc3\xa9, don't \xe2\x80\x94 a1b2c3 x_y");
    at.write("deep/er/space in name", "one two\ttwo\rthree\vthree\fTHREE\0three"s);
    at.write("deep/quote'\"$HOME", "quoted");
    at.write("long line", std::string(100'000, 'x') + " " + std::string(70'000, 'y'));
}

TEST_F(WordCountTest, AWordIsARunOfLetters) {
    using demo::words_of;
    EXPECT_THAT(words_of(""), IsEmpty());
    EXPECT_THAT(words_of(" \n1_"), IsEmpty());
    EXPECT_EQ(words_of("a"), (demo::word_table{{"a", 1}}));
    EXPECT_EQ(words_of("Don't SHOUT, don't"),
              (demo::word_table{{"don", 2}, {"t", 2}, {"shout", 1}}));
    EXPECT_EQ(words_of("@[`{Az"), (demo::word_table{{"az", 1}}));  // the neighbours of A, Z, a, z
}

TEST_F(WordCountTest, EqualsTheToolsOnOddFiles) {
    const braid_test::scratch at;
    write_odd_files(at);
    const auto files = demo::list_files(at.path()).files;
    ASSERT_EQ(files.size(), 9U);
    const auto found = demo::count_words(background(), files);
    EXPECT_EQ(demo::as_uniq_prints(found), words_by_tools(files));
    EXPECT_EQ(found, demo::count_words_by_one(files));
}

TEST_F(WordCountTest, EqualsTheToolsOnOurSources) {
    const braid_test::sources at;
    const auto files = demo::list_files(at.path()).files;
    ASSERT_GT(files.size(), 20U);
    EXPECT_EQ(demo::as_uniq_prints(demo::count_words(background(), files)), words_by_tools(files));
}

TEST_F(WordCountTest, TheDemoPrintsWhatTheToolsPrint) {
    const auto program = braid_test::demo_program("pipeline");
    if (program.empty()) GTEST_SKIP() << "this tree has no demos";
    const braid_test::scratch at;
    write_odd_files(at);
    EXPECT_EQ(braid_test::output_of(braid_test::quoted(program) + " --print " +
                                    braid_test::quoted(at.path())),
              words_by_tools(demo::list_files(at.path()).files));
    EXPECT_THAT(
        braid_test::output_of(braid_test::quoted(program) + " " + braid_test::quoted(at.path())),
        HasSubstr("same result as one thread"));
}

TEST_F(WordCountTest, NoFilesNoWords) {
    EXPECT_THAT(demo::count_words(background(), {}), IsEmpty());
}

TEST_F(WordCountTest, AFileThatCannotBeReadIsNamedAndNoTaskIsLeft) {
    const braid_test::scratch at;
    write_odd_files(at);
    auto files = demo::list_files(at.path()).files;
    files.insert(files.begin() + 4, at.path() / "gone");
    try {
        demo::count_words(background(), files);
        ADD_FAILURE() << "counted";
    } catch (const std::system_error& e) {
        EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
        EXPECT_THAT(e.what(), HasSubstr("gone"));
    }
}

}  // namespace braid::word_count_test
