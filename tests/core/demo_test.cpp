// What the demos share: their input, and what they say.
#include "common/demo.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::demo_test {

using namespace braid::demo;
using namespace braid_test;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

// With a directory that is gone at the end of the test. (A death test's child would not come to its
// end.)
class DemoTest : public ::testing::Test {
protected:
    DemoTest() {
        std::string path = "/tmp/braid_demo_XXXXXX";
        EXPECT_NE(mkdtemp(path.data()), nullptr);
        chmod(path.c_str(), 0755);
        root_ = path;
    }
    ~DemoTest() override {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }

    void write(const fs::path& name, const std::string& text = "x") const {
        fs::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name, std::ios::binary) << text;
    }

    std::vector<std::string> listed() const {
        std::vector<std::string> names;
        for (const fs::path& file : list_files(root_).files)
            names.push_back(fs::relative(file, root_).string());
        return names;
    }

    fs::path root_;
};

class DemoDeathTest : public ::testing::Test {};

input input_of_arguments(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "demo");
    std::vector<char*> argv;
    for (std::string& a : arguments) argv.push_back(a.data());
    return input_of(static_cast<int>(argv.size()), argv.data());
}

// --- list_files --------------------------------------------------------------------------------

TEST_F(DemoTest, ListsAllFilesSortedWithTheirSizes) {
    write("b.txt", "12345");
    write("a/deep/down/c.txt", "123");
    write("a/a.txt", "");
    EXPECT_THAT(listed(), ElementsAre("a/a.txt", "a/deep/down/c.txt", "b.txt"));
    const input in = list_files(root_);
    EXPECT_EQ(in.root, root_);
    EXPECT_EQ(in.bytes, 8U);
}

TEST_F(DemoTest, SkipsHiddenDirectoriesAndBuildTrees) {
    write(".git/config");
    write("sub/.cache/x");
    write("build/x.o");
    write("sub/build/deep/x.o");
    write("sub/x");
    EXPECT_THAT(listed(), ElementsAre("sub/x"));
}

TEST_F(DemoTest, KeepsFilesOfThoseNamesAndThoseThatOnlyLookAlike) {
    write(".hidden_file");
    write("build/not_this_one");
    write("builder/x");
    write("sub/build");
    EXPECT_THAT(listed(), ElementsAre(".hidden_file", "builder/x", "sub/build"));
}

// The directory that the user named is taken, whatever it is called.
TEST_F(DemoTest, DoesNotSkipTheRootItself) {
    write(".hidden/x");
    write("build/y");
    EXPECT_EQ(list_files(root_ / ".hidden").files.size(), 1U);
    EXPECT_EQ(list_files(root_ / "build").files.size(), 1U);
}

TEST_F(DemoTest, FollowsNoLinks) {
    write("real/x");
    fs::create_symlink(root_ / "real" / "x", root_ / "link_to_file");
    fs::create_directory_symlink(root_ / "real", root_ / "link_to_directory");
    fs::create_directory_symlink(root_, root_ / "real" / "link_to_root");
    fs::create_symlink("nowhere", root_ / "dangling");
    EXPECT_THAT(listed(), ElementsAre("real/x"));
}

TEST_F(DemoTest, ALinkToItselfIsNoReasonToGiveUp) {
    write("x");
    fs::create_symlink("loop", root_ / "loop");
    EXPECT_THAT(listed(), ElementsAre("x"));
}

// It would never be read to its end.
TEST_F(DemoTest, TakesRegularFilesOnly) {
    ASSERT_EQ(mkfifo((root_ / "pipe").c_str(), 0644), 0);
    write("x");
    EXPECT_THAT(listed(), ElementsAre("x"));
}

TEST_F(DemoTest, ThrowsIfThereIsNoSuchDirectory) {
    EXPECT_THROW(list_files(root_ / "missing"), fs::filesystem_error);
}

TEST_F(DemoTest, OfAnEmptyDirectoryThereIsNothing) { EXPECT_THAT(listed(), IsEmpty()); }

// Root may read everything, so it becomes somebody else until the end of the process begins.
void become_nobody() {
    if (geteuid() != 0) return;
    if (seteuid(65534) != 0) std::abort();
    std::atexit([] {
        if (seteuid(0) != 0) std::abort();
    });
}

// Runs `body` with a new directory, which is removed when it ends the process.
template <class F>
[[noreturn]] void in_new_directory(F body) {
    static std::string path = "/tmp/braid_demo_XXXXXX";
    child([body] {
        if (mkdtemp(path.data()) == nullptr || chmod(path.c_str(), 0755) != 0) std::abort();
        std::atexit([] { fs::remove_all(path); });
        body(fs::path(path));
    });
}

TEST_F(DemoDeathTest, SkipsWhatMayNotBeRead) {
    EXPECT_EXIT(in_new_directory([](const fs::path& root) {
                    fs::create_directory(root / "closed");
                    for (const char* name : {"readable", "secret", "closed/x"})
                        std::ofstream(root / name) << name;
                    chmod((root / "secret").c_str(), 0);
                    chmod((root / "closed").c_str(), 0);
                    become_nobody();
                    for (const fs::path& file : list_files(root).files)
                        say(file.filename().string());
                }),
                exits(0), "^readable\n$");
}

// --- input_of ----------------------------------------------------------------------------------

TEST_F(DemoTest, TheInputIsTheArgumentThatIsNoOption) {
    write("dir/x");
    const std::string dir = root_ / "dir";
    EXPECT_EQ(input_of_arguments({dir}).root, dir);
    EXPECT_EQ(input_of_arguments({"--print", dir}).root, dir);
    EXPECT_EQ(input_of_arguments({dir, "--print"}).root, dir);
}

TEST_F(DemoTest, TheInputIsTheFirstOfSeveral) {
    write("first/x");
    write("second/x");
    EXPECT_EQ(input_of_arguments({root_ / "first", root_ / "second"}).root, root_ / "first");
}

TEST_F(DemoTest, WithoutOneItIsTheCurrentDirectory) {
    write("x");
    const fs::path before = fs::current_path();
    fs::current_path(root_);
    const input in = input_of_arguments({"--print"});
    fs::current_path(before);
    EXPECT_EQ(in.root, ".");
    EXPECT_EQ(in.files.size(), 1U);
}

TEST_F(DemoDeathTest, AMissingInputIsOneClearLine) {
    EXPECT_EXIT(child([] { input_of_arguments({"/no/such/directory"}); }), exits(2),
                MatchesRegex("demo: cannot read the input /no/such/directory: No such file or "
                             "directory; give INPUT=<a directory>\n"));
}

TEST_F(DemoDeathTest, AnInputThatIsAFileIsOneClearLine) {
    EXPECT_EXIT(child([] { input_of_arguments({"/proc/self/exe"}); }), exits(2),
                MatchesRegex("demo: cannot read the input /proc/self/exe: not a directory; give "
                             "INPUT=<a directory>\n"));
}

TEST_F(DemoDeathTest, AnInputWithoutAFileIsOneClearLine) {
    EXPECT_EXIT(in_new_directory([](const fs::path& root) { input_of_arguments({root}); }),
                exits(2), MatchesRegex("demo: no readable file under /tmp/braid_demo_[^\n]*\n"));
}

TEST_F(DemoDeathTest, AnInputThatMayNotBeReadIsOneClearLine) {
    EXPECT_EXIT(in_new_directory([](const fs::path& root) {
                    std::ofstream(root / "x") << "x";
                    chmod(root.c_str(), 0);
                    become_nobody();
                    input_of_arguments({root});
                }),
                exits(2), MatchesRegex("demo: [^\n]*/tmp/braid_demo_[^\n]*\n"));
}

// --- the rest ----------------------------------------------------------------------------------

TEST_F(DemoTest, FindsAnOption) {
    std::string program = "demo", a = "--print", b = "dir";
    char* argv[] = {program.data(), a.data(), b.data()};
    EXPECT_TRUE(has_option(3, argv, "--print"));
    EXPECT_FALSE(has_option(3, argv, "--pri"));
    EXPECT_FALSE(has_option(3, argv, "demo")) << "the program's name is none";
    EXPECT_FALSE(has_option(1, argv, "--print"));
}

TEST_F(DemoTest, ReadsAWholeFileAsItIs) {
    const std::string binary("\0\r\n\xff\x1a end", 8);
    write("binary", binary);
    write("empty", "");
    const std::string large(3'000'000, 'x');
    write("large", large);
    EXPECT_EQ(read_file(root_ / "binary"), binary);
    EXPECT_EQ(read_file(root_ / "empty"), "");
    EXPECT_EQ(read_file(root_ / "large"), large);
}

void expect_error_that_names(const fs::path& path) {
    try {
        read_file(path);
        ADD_FAILURE() << path << " was read";
    } catch (const std::system_error& e) {
        EXPECT_THAT(e.what(), HasSubstr(path.string()));
    }
}

TEST_F(DemoTest, NamesTheFileThatItCannotRead) {
    expect_error_that_names(root_ / "missing");
    expect_error_that_names(root_);  // a directory can be opened, but not read
}

TEST_F(DemoTest, WritesSizesForPeople) {
    EXPECT_EQ(size_of(0), "0 bytes");
    EXPECT_EQ(size_of(9'999), "9999 bytes");
    EXPECT_EQ(size_of(10'000), "10 kB");
    EXPECT_EQ(size_of(54'321), "54 kB");
    EXPECT_EQ(size_of(1'000'000), "1.0 MB");
    EXPECT_EQ(size_of(1'440'000), "1.4 MB");
    EXPECT_EQ(size_of(5'000'000'000), "5000.0 MB");
}

TEST_F(DemoTest, LinesAreCountedByTheirEnds) {
    EXPECT_EQ(lines_in(""), 0U);
    EXPECT_EQ(lines_in("one\n\nthree"), 2U);
}

TEST_F(DemoTest, WordsAreRunsOfLettersInLowerCase) {
    std::vector<std::string> words;
    for_each_word(
        "Ab, c3D\xc3\xa9"
        "e",
        [&](const std::string& word) { words.push_back(word); });
    EXPECT_THAT(words, ElementsAre("ab", "c", "d", "e"));
}

TEST_F(DemoTest, MainRunsOnTheInput) {
    write("x", "1");
    std::string root = root_.string();
    char* argv[] = {nullptr, root.data(), nullptr};
    EXPECT_EQ(run_on_input(2, argv, [](const input& in) { return 41 + int(in.files.size()); }), 42);
}

TEST_F(DemoDeathTest, WhatMainThrowsIsOneLine) {
    char here[] = ".";
    char* argv[] = {nullptr, here, nullptr};
    const auto broken = [](const input&) -> int { throw std::runtime_error("it broke"); };
    EXPECT_EXIT(run_on_input(2, argv, broken), exits(2), "^demo: it broke\n$");
}

TEST_F(DemoTest, TheStopwatchRuns) {
    const stopwatch watch;
    const double first = watch.milliseconds();
    EXPECT_GE(first, 0);
    while (watch.milliseconds() <= first) {
    }
}

TEST_F(DemoTest, PrintsALineEach) {
    write("x", "12345");
    write("y", "123");
    testing::internal::CaptureStdout();
    headline("sums", list_files(root_));
    line("tasks", "4");
    line("a longer label", "text");
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "sums: 2 files, 8 bytes, under " +
                                                          root_.string() +
                                                          "\n"
                                                          "  tasks      4\n"
                                                          "  a longer label text\n");
}

TEST_F(DemoTest, TheVerdictIsTheExitStatus) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(verdict(true, 1.25, 2.5), 0);
    EXPECT_THAT(
        testing::internal::GetCapturedStdout(),
        AllOf(HasSubstr(" ms, one thread 2.5 ms\n"), HasSubstr("  same result as one thread\n")));
    testing::internal::CaptureStdout();
    EXPECT_EQ(verdict(false, 1, 2), 1);
    EXPECT_THAT(testing::internal::GetCapturedStdout(),
                HasSubstr("  NOT the result of one thread\n"));
}

}  // namespace braid::demo_test
