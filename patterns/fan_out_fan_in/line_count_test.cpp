// The computation of the demo, and the demo, against wc on the same files.
#include "patterns/fan_out_fan_in/line_count.hpp"

#include <string>
#include <vector>

#include "tests/support/braid_test.hpp"
#include "tests/support/command_line.hpp"

namespace braid::line_count_test {

using namespace std::literals;
using testing::HasSubstr;

class LineCountTest : public braid_test::fixture {
protected:
    void SetUp() override {
        for (const char* tool : {"wc", "tr", "awk", "xargs"})
            if (!braid_test::has_tool(tool)) GTEST_SKIP() << "there is no " << tool << " here";
    }

    // Every version of wc agrees on words once their unprintable bytes are some other letter.
    static std::string counts_by_wc(const std::vector<demo::fs::path>& files) {
        return braid_test::output_for(files, R"(for f; do
            tr '\000-\010\016-\037\177-\377' x <"$f" | wc; done |
            awk '{print $1, $2, $3}')");
    }

    static std::string as_text(const std::vector<demo::counts>& all) {
        std::string text;
        for (const auto& c : all)
            text += std::to_string(c.lines) + " " + std::to_string(c.words) + " " +
                    std::to_string(c.bytes) + "\n";
        return text;
    }
};

// Each word has a printable byte: on those every version of wc agrees.
void write_text_files(const braid_test::scratch& at) {
    at.write("plain.txt", "The quick brown fox\njumps over the lazy dog.\nThe END");
    at.write("empty", "");
    at.write("newlines", "\n\n\n");
    at.write("spaces", " a\tb\vc\fd\re \n  ");
    at.write("utf8.txt", "na\xc3\xafve caf\xc3\xa9\n");
    at.write("deep/er/space in name", "one two\0three x\x7fy \x01z\n"s);
    at.write("long line", std::string(100'000, 'x') + " " + std::string(70'000, 'y'));
}

// And words that have none: GNU wc before 9.5 left them out.
void write_odd_files(const braid_test::scratch& at) {
    std::string bytes;
    for (int i = 0; i < 3 * 256; ++i) bytes.push_back(static_cast<char>(i * 7));
    at.write("bytes.bin", bytes);
    at.write("dash.txt", "a \xe2\x80\x94 b \xa0 c\n");
    at.write("zero", "\0 \0"s);
}

TEST_F(LineCountTest, LinesWordsAndBytes) {
    using demo::counts_of;
    EXPECT_EQ(counts_of(""), (demo::counts{0, 0, 0}));
    EXPECT_EQ(counts_of("a"), (demo::counts{0, 1, 1}));
    EXPECT_EQ(counts_of(" \n\t"), (demo::counts{1, 0, 3}));
    EXPECT_EQ(counts_of("a b\nc"), (demo::counts{1, 3, 5}));
    EXPECT_EQ(counts_of("\0 \xff\n"sv), (demo::counts{1, 2, 4}));
}

TEST_F(LineCountTest, EqualsWcOnOddFiles) {
    const braid_test::scratch at;
    write_text_files(at);
    write_odd_files(at);
    const auto files = demo::list_files(at.path()).files;
    ASSERT_EQ(files.size(), 10U);
    const auto found = demo::count_files(background(), files, 3);
    EXPECT_EQ(as_text(found), counts_by_wc(files));
    EXPECT_EQ(found, demo::count_files_by_one(files));
    EXPECT_EQ(demo::count_total(background(), files, 3), demo::sum(found));
}

TEST_F(LineCountTest, EqualsWcOnOurSources) {
    const braid_test::sources at;
    const auto files = demo::list_files(at.path()).files;
    ASSERT_GT(files.size(), 20U);
    const auto found = demo::count_files(background(), files, 4);
    EXPECT_EQ(as_text(found), counts_by_wc(files));
    EXPECT_EQ(demo::count_total(background(), files, 4), demo::sum(found));
}

TEST_F(LineCountTest, PrintsWhatWcPrints) {
    const braid_test::scratch at;
    write_text_files(at);
    auto files = demo::list_files(at.path()).files;
    EXPECT_EQ(demo::as_wc_prints(files, demo::count_files(background(), files, 2)),
              braid_test::output_for(files, R"(wc "$@")"));
    files.resize(1);  // no total
    EXPECT_EQ(demo::as_wc_prints(files, demo::count_files(background(), files, 2)),
              braid_test::output_for(files, R"(wc "$@")"));
}

TEST_F(LineCountTest, TheDemoPrintsWhatWcPrints) {
    const auto program = braid_test::demo_program("fan_out_fan_in");
    if (program.empty()) GTEST_SKIP() << "this tree has no demos";
    const braid_test::scratch at;
    write_text_files(at);
    EXPECT_EQ(braid_test::output_of(braid_test::quoted(program) + " --print " +
                                    braid_test::quoted(at.path())),
              braid_test::output_for(demo::list_files(at.path()).files, R"(wc "$@")"));
    write_odd_files(at);
    EXPECT_THAT(
        braid_test::output_of(braid_test::quoted(program) + " " + braid_test::quoted(at.path())),
        HasSubstr("same result as one thread"));
}

TEST_F(LineCountTest, AFileThatCannotBeReadIsNamedAndNoTaskIsLeft) {
    const braid_test::scratch at;
    write_text_files(at);
    auto files = demo::list_files(at.path()).files;
    files.insert(files.begin() + 2, at.path() / "gone");
    for (const bool total : {false, true}) try {
            if (total)
                demo::count_total(background(), files, 3);
            else
                demo::count_files(background(), files, 3);
            ADD_FAILURE() << "counted";
        } catch (const std::system_error& e) {
            EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
            EXPECT_THAT(e.what(), HasSubstr("gone"));
        }
}

}  // namespace braid::line_count_test
