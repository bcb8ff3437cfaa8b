// Counts the lines of all files under a directory with many tasks that read at most so much at
// once: first a number of bytes, by a semaphore whose permits are kilobytes, then a number of
// files, by a channel.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <system_error>
#include <vector>

#include "common/channel.hpp"
#include "common/demo.hpp"
#include "common/task.hpp"
#include "patterns/semaphore/semaphore.hpp"

using namespace braid;

namespace {

// How much is in use, and the most that ever was.
class gauge {
public:
    // While it lives, `n` more are in use.
    class use {
    public:
        use(gauge& g, std::int64_t n) : gauge_(g), n_(n) {
            const std::int64_t now = gauge_.now_ += n_;
            std::int64_t most = gauge_.most_;
            while (most < now && !gauge_.most_.compare_exchange_weak(most, now)) {
            }
        }
        use(const use&) = delete;
        use& operator=(const use&) = delete;
        ~use() { gauge_.now_ -= n_; }

    private:
        gauge& gauge_;
        const std::int64_t n_;
    };

    std::int64_t most() const { return most_; }

private:
    std::atomic<std::int64_t> now_{0}, most_{0};
};

constexpr std::size_t tasks = 16;

// count(file) of all files, by tasks each of which takes every n-th.
std::uint64_t by_tasks(const demo::input& in,
                       const std::function<std::uint64_t(const demo::fs::path&)>& count) {
    std::vector<std::uint64_t> lines(tasks, 0);  // a place for each task
    std::vector<task> readers;
    readers.reserve(tasks);
    for (std::size_t first = 0; first < tasks; ++first)
        readers.push_back(go({.name = "reader"}, [&, first] {
            for (std::size_t i = first; i < in.files.size(); i += tasks)
                lines[first] += count(in.files[i]);
        }));
    for (task& t : readers) t.join();
    return std::accumulate(lines.begin(), lines.end(), std::uint64_t{0});
}

// What a file weighs: its kilobytes. One that is heavier than all permits takes them all.
std::ptrdiff_t weight_of(const demo::fs::path& file, std::ptrdiff_t all) {
    std::error_code unreadable;  // then reading it says so
    const std::uintmax_t size = demo::fs::file_size(file, unreadable);
    const std::uintmax_t kilobytes = unreadable ? 1 : size / 1000 + 1;
    return static_cast<std::ptrdiff_t>(std::min(kilobytes, static_cast<std::uintmax_t>(all)));
}

// snippet: weighted
// At most so many kilobytes of text are in memory; a file that is larger is there alone.
std::uint64_t count_weighted(const demo::input& in, semaphore& kilobytes, gauge& in_use) {
    return by_tasks(in, [&](const demo::fs::path& file) {
        const std::ptrdiff_t weight = weight_of(file, kilobytes.capacity());
        const auto held = kilobytes.hold(weight);
        const gauge::use measured(in_use, weight);
        return demo::lines_in(demo::read_file(file));
    });
}
// snippet end

// snippet: channel
// The same with a number of files: a value in the channel is a file that is being read.
class slot {
public:
    explicit slot(channel<unit> slots) : slots_(std::move(slots)) { slots_.send({}); }
    slot(const slot&) = delete;
    slot& operator=(const slot&) = delete;
    ~slot() { slots_.receive(); }

private:
    const channel<unit> slots_;
};

std::uint64_t count_by_channel(const demo::input& in, std::size_t files, gauge& in_use) {
    const auto slots = make_channel<unit>(files);
    return by_tasks(in, [&](const demo::fs::path& file) {
        const slot held(slots);
        const gauge::use measured(in_use, 1);
        return demo::lines_in(demo::read_file(file));
    });
}
// snippet end

int run(const demo::input& in) {
    demo::warm_up(in);

    const demo::stopwatch alone;
    std::uint64_t expected = 0;
    for (const auto& file : in.files) expected += demo::lines_in(demo::read_file(file));
    const double milliseconds_alone = alone.milliseconds();

    constexpr std::ptrdiff_t limit_kilobytes = 64;
    semaphore kilobytes(limit_kilobytes);
    gauge kilobytes_in_use;
    const demo::stopwatch together;
    const std::uint64_t lines = count_weighted(in, kilobytes, kilobytes_in_use);
    const double milliseconds = together.milliseconds();

    constexpr std::size_t limit_files = 4;
    gauge files_in_use;
    const std::uint64_t lines_again = count_by_channel(in, limit_files, files_in_use);

    demo::headline("semaphore", in);
    demo::line("tasks", std::to_string(tasks) + ", more than the limits let in");
    demo::line("weighted", "at most " + std::to_string(limit_kilobytes) + " kB at once; " +
                               std::to_string(kilobytes_in_use.most()) + " kB were, at the most");
    demo::line("channel", "at most " + std::to_string(limit_files) + " files at once; " +
                              std::to_string(files_in_use.most()) + " were, at the most");
    demo::line("lines", std::to_string(lines));
    const bool within = kilobytes_in_use.most() <= limit_kilobytes &&
                        files_in_use.most() <= static_cast<std::int64_t>(limit_files);
    if (!within) demo::line("limit", "NOT kept");
    return demo::verdict(within && lines == expected && lines_again == expected, milliseconds,
                         milliseconds_alone);
}

}  // namespace

int main(int argc, char** argv) { return demo::run_on_input(argc, argv, run); }
