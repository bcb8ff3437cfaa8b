// MD5All: the digest of every file under a directory, as Go's blog on pipelines has it (PP-7:
// serial.go, parallel.go, bounded.go) and as the example of x/sync's errgroup has it (PP-8).
//
// The digest is FNV-1a instead of MD5: what is tested is how the tasks work together.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "common/demo.hpp"
#include "patterns/context/after_func.hpp"
#include "patterns/error_group/error_group.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::md5_all_test {

using braid_test::repeat;
using braid_test::thrown_by;
namespace fs = std::filesystem;

constexpr int digesters = 20;

using digest = std::uint64_t;
using table = std::map<fs::path, digest>;
using reader = std::function<std::string(const fs::path&)>;  // what reads a file
using form = std::function<table(const fs::path& root, const reader& read)>;

digest digest_of(const std::string& text) {
    digest d = 14695981039346656037U;
    for (const char c : text) d = (d ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return d;
}

// Calls `f` with every regular file under `root`; links are not followed, as in filepath.Walk.
template <class F>
void walk(const fs::path& root, F f) {
    for (const auto& entry : fs::recursive_directory_iterator(root))
        if (entry.is_regular_file() && !entry.is_symlink()) f(entry.path());
}

[[noreturn]] void walk_canceled() { throw std::runtime_error("walk canceled"); }

// As the programs print it.
std::string text_of(const table& all) {
    std::string text;
    for (const auto& [path, d] : all) {
        char number[24];
        std::snprintf(number, sizeof number, "%016jx  ", static_cast<std::uintmax_t>(d));
        text += number + path.string() + "\n";
    }
    return text;
}

// A file's digest, or why there is none.
struct result {
    fs::path path;
    digest sum = 0;
    std::exception_ptr error = nullptr;
};

result result_of(const fs::path& path, const reader& read) {
    result r{path};
    try {
        r.sum = digest_of(read(path));
    } catch (...) {
        r.error = std::current_exception();
    }
    return r;
}

// --- serial.go -----------------------------------------------------------------------------------

table serial(const fs::path& root, const reader& read) {
    table all;
    walk(root, [&](const fs::path& path) { all.emplace(path, digest_of(read(path))); });
    return all;
}

// What parallel and bounded have in common: the results, until the first error; then how the walk
// went. On a return before the end the task that walks is cancelled by its owner, and with it all
// who wait under its context (Go: defer close(done)).
table collect(const receiver<result>& results, const receiver<std::exception_ptr>& walked) {
    table all;
    for (const result& r : results) {
        if (r.error != nullptr) std::rethrow_exception(r.error);
        all.emplace(r.path, r.sum);
    }
    if (const std::exception_ptr error = *walked.receive(); error != nullptr)
        std::rethrow_exception(error);
    return all;
}

// --- parallel.go: a task for each file -----------------------------------------------------------

table parallel(const fs::path& root, const reader& read) {
    const auto results = make_channel<result>();
    const auto walked = make_channel<std::exception_ptr>(1);  // room: the walk never waits here
    const task walker = go(background(), [&](const context& ctx) {
        std::exception_ptr error;
        wait_group readers;
        try {
            walk(root, [&](const fs::path& path) {
                if (ctx.err()) walk_canceled();
                readers.go(
                    [&, path] { static_cast<void>(results.send(ctx, result_of(path, read))); });
            });
        } catch (...) {
            error = std::current_exception();
        }
        readers.wait();
        results.close();
        walked.send(error);
    });
    return collect(results, walked);
}

// --- bounded.go: a fixed number of tasks ---------------------------------------------------------

table bounded_under(const context& parent, const fs::path& root, const reader& read) {
    const auto paths = make_channel<fs::path>();
    const auto results = make_channel<result>();
    const auto walked = make_channel<std::exception_ptr>(1);
    const task walker = go(parent, [&](const context& ctx) {
        wait_group readers;
        for (int i = 0; i < digesters; ++i)
            readers.go([&] {
                for (const fs::path& path : paths)
                    if (!results.send(ctx, result_of(path, read))) return;
            });
        std::exception_ptr error;
        try {
            walk(root, [&](const fs::path& path) {
                if (!paths.send(ctx, path)) walk_canceled();
            });
        } catch (...) {
            error = std::current_exception();
        }
        paths.close();
        readers.wait();
        results.close();
        walked.send(error);
    });
    return collect(results, walked);
}

table bounded(const fs::path& root, const reader& read) {
    return bounded_under(background(), root, read);
}

// --- x/sync's MD5All: the same with an error group -----------------------------------------------

table grouped_under(const context& parent, const fs::path& root, const reader& read) {
    const auto paths = make_channel<fs::path>();
    const auto results = make_channel<result>();
    error_group group(parent);
    group.go({.name = "walk"}, [&](const context& ctx) {
        try {
            walk(root, [&](const fs::path& path) {
                if (!paths.send(ctx, path)) walk_canceled();
            });
        } catch (...) {
            paths.close();
            throw;
        }
        paths.close();
    });
    for (int i = 0; i < digesters; ++i)
        group.go({.name = "digest"}, [&](const context& ctx) {
            for (const fs::path& path : paths)
                if (!results.send(ctx, result{path, digest_of(read(path))})) return;
        });
    const task closer = go({.name = "close"}, [&] {
        try {
            group.wait();
        } catch (const std::exception&) {  // for the other one who waits
        }
        results.close();
    });
    table all;
    for (const result& r : results) all.emplace(r.path, r.sum);
    group.wait();
    return all;
}

table grouped(const fs::path& root, const reader& read) {
    return grouped_under(background(), root, read);
}

// -------------------------------------------------------------------------------------------------

const std::vector<std::pair<const char*, form>> concurrent_forms{
    {"parallel", parallel}, {"bounded", bounded}, {"grouped", grouped}};

// A directory with `count` files of many sizes in a tree, and some things that are no files.
class directory {
public:
    explicit directory(int count) {
        char name[] = "/tmp/braid-md5-XXXXXX";
        if (mkdtemp(name) == nullptr) throw std::runtime_error("no temporary directory");
        root_ = name;
        for (int i = 0; i < count; ++i) {
            const fs::path folder = root_ / std::to_string(i % 5) / std::to_string(i % 3);
            fs::create_directories(folder);
            std::ofstream file(folder / ("file " + std::to_string(i)), std::ios::binary);
            for (int k = 0; k < i * 7; ++k) file.put(static_cast<char>(k * i));
        }
        fs::create_directories(root_ / "empty");
        fs::create_symlink(root_, root_ / "a loop");
    }
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;
    ~directory() {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }

    const fs::path& root() const { return root_; }

private:
    fs::path root_;
};

class Md5AllTest : public braid_test::fixture {
protected:
    // No task is left, at once and not after a while.
    static void expect_no_task(const lifecycle::leak_filter& before, const char* form) {
        auto now = before;
        EXPECT_EQ(lifecycle::leak_report(now.max_retries(0)), "") << form;
    }
};

TEST_F(Md5AllTest, AllFormsGiveTheSameTable) {
    const directory files(200);
    const std::string expected = text_of(serial(files.root(), demo::read_file));
    EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 200);
    for (const auto& [name, run] : concurrent_forms)
        for (int i = 0; i < repeat(20); ++i)
            ASSERT_EQ(text_of(run(files.root(), demo::read_file)), expected) << name;
}

TEST_F(Md5AllTest, AnEmptyDirectoryGivesAnEmptyTable) {
    const directory files(0);
    for (const auto& [name, run] : concurrent_forms)
        EXPECT_TRUE(run(files.root(), demo::read_file).empty()) << name;
}

// Counts who is in a read. The first `together` of them wait for one another, so the test hangs if
// fewer can be there at a time.
class open_files {
public:
    explicit open_files(int together) : together_(together) { arrived_.add(together); }

    std::string read(const fs::path& path) {
        const int now = ++open_;
        int before = most_;
        while (before < now && !most_.compare_exchange_weak(before, now)) {
        }
        if (number_++ < together_) {
            arrived_.done();
            arrived_.wait();
        }
        std::string text = demo::read_file(path);
        --open_;
        return text;
    }

    int most() const { return most_; }

private:
    const int together_;
    std::atomic<int> number_{0}, open_{0}, most_{0};
    wait_group arrived_;
};

TEST_F(Md5AllTest, ParallelOpensAsManyFilesAsThereAre) {
    const directory files(60);
    open_files count(60);
    parallel(files.root(), [&](const fs::path& path) { return count.read(path); });
    EXPECT_EQ(count.most(), 60);
}

TEST_F(Md5AllTest, TheOthersOpenNoMoreThanTheyHaveTasks) {
    const directory files(200);
    for (const form& run : {form(bounded), form(grouped)})
        for (int i = 0; i < repeat(20); ++i) {
            open_files count(digesters);
            run(files.root(), [&](const fs::path& path) { return count.read(path); });
            ASSERT_EQ(count.most(), digesters);
        }
}

TEST_F(Md5AllTest, AReadErrorIsAllThatIsReturnedAndNoTaskIsLeft) {
    const directory files(100);
    const auto read = [](const fs::path& path) {
        if (path.filename() == "file 50") throw std::runtime_error("file 50: cannot be read");
        return demo::read_file(path);
    };
    const auto before = lifecycle::leak_filter::ignore_current();
    EXPECT_EQ(thrown_by<std::exception>([&] { serial(files.root(), read); }),
              "file 50: cannot be read");
    for (const auto& [name, run] : concurrent_forms)
        for (int i = 0; i < repeat(20); ++i) {
            EXPECT_EQ(thrown_by<std::exception>([&, &run = run] { run(files.root(), read); }),
                      "file 50: cannot be read")
                << name;
            expect_no_task(before, name);
        }
}

TEST_F(Md5AllTest, AnErrorOfTheWalkIsReturnedToo) {
    const directory files(1);
    const fs::path missing = files.root() / "missing";
    const auto before = lifecycle::leak_filter::ignore_current();
    const std::string expected =
        thrown_by<std::exception>([&] { serial(missing, demo::read_file); });
    EXPECT_THAT(expected, testing::HasSubstr("missing"));
    for (const auto& [name, run] : concurrent_forms) {
        EXPECT_EQ(thrown_by<std::exception>([&, &run = run] { run(missing, demo::read_file); }),
                  expected)
            << name;
        expect_no_task(before, name);
    }
}

// All digesters read, and the walk waits to send one path more, when the caller's context ends.
TEST_F(Md5AllTest, ACancelledWalkSaysSo) {
    const directory files(100);
    const auto before = lifecycle::leak_filter::ignore_current();
    for (const auto& run : {bounded_under, grouped_under}) {
        scoped_context ctx = with_cancel(background());
        const auto canceled = make_channel<unit>();
        std::string failure;
        task caller = go([&] {
            failure = thrown_by<std::exception>([&] {
                run(ctx, files.root(), [&](const fs::path& path) {
                    canceled.receive();
                    return demo::read_file(path);
                });
            });
        });
        lifecycle::settle();
        ctx.cancel();      // the contexts below are done as well when it returns (CX-6)
        canceled.close();  // and not before that may the digesters go on
        caller.join();
        EXPECT_EQ(failure, "walk canceled");
        expect_no_task(before, "");
    }
}

}  // namespace braid::md5_all_test
