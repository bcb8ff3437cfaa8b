// The demo as a person runs it: to its end, and with one and two Ctrl-C.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <system_error>

#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

extern char** environ;

namespace braid::worker_pool_demo_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// The demo of this build tree; empty if the tree has none.
fs::path demo_program() {
    const fs::path test = fs::read_symlink("/proc/self/exe");
    const fs::path demo = test.parent_path().parent_path() / "demo" / "worker_pool";
    return fs::exists(demo) ? demo : fs::path();
}

// A directory of its own for a test, removed at the end.
class directory {
public:
    directory() {
        std::string name = (fs::temp_directory_path() / "braid-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), name);
        path_ = name;
    }
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;
    ~directory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    // `count` files of `size` bytes that compress to about three quarters. They are one file under
    // many names: an input that takes minutes to work through, made in no time.
    void fill(std::size_t size, int count) const {
        std::minstd_rand random(1);
        std::string block(64 * 1024, '\0');  // longer than deflate looks back
        for (char& c : block) c = static_cast<char>('!' + random() % 64);
        const fs::path first = path_ / "0";
        std::ofstream file(first, std::ios::binary);
        for (std::size_t rest = size; rest > 0; rest -= std::min(rest, block.size()))
            file.write(block.data(), static_cast<std::streamsize>(std::min(rest, block.size())));
        for (int i = 1; i < count; ++i) fs::create_hard_link(first, path_ / std::to_string(i));
    }

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

// A program that runs, and what it prints. Killed at the end, if it has not ended.
class program {
public:
    program(const fs::path& executable, const fs::path& argument) {
        std::array<int, 2> ends{};
        if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addclose(&actions, ends[0]);
        posix_spawn_file_actions_addclose(&actions, ends[1]);
        std::string name = executable.string();
        std::string first = argument.string();
        std::array<char*, 3> argv{name.data(), first.data(), nullptr};
        const int error = posix_spawn(&id_, name.c_str(), &actions, nullptr, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        if (error != 0) throw std::system_error(error, std::generic_category(), name);
        output_ = fdopen(ends[0], "r");
    }
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    ~program() {
        std::fclose(output_);
        if (id_ == 0) return;
        kill(id_, SIGKILL);
        waitpid(id_, nullptr, 0);
    }

    // Reads until a line contains `what`. False if there is none.
    bool read_until(const std::string& what) {
        for (int c = std::fgetc(output_); c != EOF; c = std::fgetc(output_)) {
            printed_.push_back(static_cast<char>(c));
            if (c != '\n') continue;
            const std::size_t line = printed_.rfind('\n', printed_.size() - 2) + 1;
            if (printed_.find(what, line) != std::string::npos) return true;
        }
        return false;
    }

    void interrupt() const { kill(id_, SIGINT); }

    // Reads to the end and returns the exit status; -1 if a signal ended it.
    int wait() {
        read_until("\n\n there is no such line");
        int status = 0;
        waitpid(id_, &status, 0);
        id_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    const std::string& printed() const { return printed_; }

    // The number in front of `what`; -1 if there is none.
    int number_before(const std::string& what) const {
        const std::size_t end = printed_.find(what);
        if (end == std::string::npos) return -1;
        const std::size_t start = printed_.find_last_not_of("0123456789", end - 1) + 1;
        return start == end ? -1 : std::stoi(printed_.substr(start, end - start));
    }

private:
    pid_t id_ = 0;
    FILE* output_ = nullptr;
    std::string printed_;
};

class WorkerPoolDemoTest : public braid_test::fixture {
protected:
    void SetUp() override {
        if (demo_.empty()) GTEST_SKIP() << "this tree has no demos";
    }

    const fs::path demo_ = demo_program();
    directory input_;
};

TEST_F(WorkerPoolDemoTest, PacksWhatOneThreadPacks) {
    input_.fill(200'000, 12);
    std::ofstream(input_.path() / "empty").flush();
    std::ofstream(input_.path() / "short") << 'x';
    program demo(demo_, input_.path());
    EXPECT_EQ(demo.wait(), 0) << demo.printed();
    EXPECT_THAT(demo.printed(), HasSubstr("14 files, 2.4 MB to 1."));
    EXPECT_THAT(demo.printed(), HasSubstr("same result as one thread"));
}

TEST_F(WorkerPoolDemoTest, ASingleCtrlCFinishesWhatWasBegunAndReports) {
    constexpr int files = 4000;
    input_.fill(1'000'000, files);
    program demo(demo_, input_.path());
    ASSERT_TRUE(demo.read_until("packing")) << demo.printed();
    demo.interrupt();
    EXPECT_EQ(demo.wait(), 130) << demo.printed();
    const int done = demo.number_before(" of 4000 files done");
    EXPECT_GE(done, 1);
    EXPECT_GT(demo.number_before(" not started"), 0);
    EXPECT_EQ(done + demo.number_before(" not started"), files) << demo.printed();
    EXPECT_EQ(demo.number_before(" cut short"), 0) << "a drain loses nothing";
    EXPECT_EQ(demo.number_before(" dropped"), 0);
    EXPECT_THAT(demo.printed(), HasSubstr("finishing the files that were begun"));
}

TEST_F(WorkerPoolDemoTest, ASecondCtrlCStopsAtOnce) {
    // What is accepted takes seconds: each file is large, or the instrumented program slow.
    input_.fill(braid_test::thread_sanitizer ? 2'000'000 : 12'000'000, 100);
    program demo(demo_, input_.path());
    ASSERT_TRUE(demo.read_until("packing")) << demo.printed();
    demo.interrupt();
    ASSERT_TRUE(demo.read_until("finishing")) << demo.printed();
    demo.interrupt();
    EXPECT_EQ(demo.wait(), 130) << demo.printed();
    const int lost = demo.number_before(" cut short") + demo.number_before(" dropped");
    EXPECT_GT(lost, 0) << demo.printed();
    EXPECT_EQ(demo.number_before(" of 100 files done") + lost + demo.number_before(" not started"),
              100);
}

}  // namespace braid::worker_pool_demo_test
