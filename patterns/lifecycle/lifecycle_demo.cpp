// Counts the bytes of all files under a directory, while a monitor says how far that is. Then the
// monitor is told to stop, and stops.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "common/demo.hpp"
#include "common/lifecycle.hpp"
#include "patterns/error_group/error_group.hpp"
#include "patterns/lifecycle/lifecycle.hpp"

using namespace braid;

namespace {

// Written by those who count, read by the monitor. Each number is right by itself, and that is all
// that a report needs.
struct progress {
    std::atomic<std::size_t> files{0};
    std::atomic<std::uint64_t> bytes{0};
};

std::uint64_t bytes_of(const demo::fs::path& file) { return demo::read_file(file).size(); }

std::uint64_t count_alone(const demo::input& in) {
    std::uint64_t bytes = 0;
    for (const auto& file : in.files) bytes += bytes_of(file);
    return bytes;
}

constexpr int tasks = 4;

// Each task takes the next file that nobody has taken, until there is none.
void count(const demo::input& in, progress& seen) {
    std::atomic<std::size_t> next{0};
    error_group group;
    for (int i = 0; i < tasks; ++i)
        group.go({.name = "counter"}, [&] {
            for (std::size_t n = next++; n < in.files.size(); n = next++) {
                seen.bytes += bytes_of(in.files[n]);
                ++seen.files;
            }
        });
    group.wait();
}

// snippet: monitor
// Its owner is whoever keeps what this returns. `seen` must outlive that (I3).
service monitor(const demo::input& in, const progress& seen, std::chrono::microseconds period,
                int& reports) {
    return service({.name = "monitor"}, background(), [&, period](const context& ctx) {
        const auto report = [&] {
            ++reports;
            demo::line("so far", std::to_string(seen.files) + " of " +
                                     std::to_string(in.files.size()) + " files, " +
                                     demo::size_of(seen.bytes));
        };
        every(ctx, period, report);
        report();  // and once more, when it was told to stop
    });
}

int count_and_watch(const demo::input& in, progress& seen, std::chrono::microseconds period) {
    int reports = 0;
    service watch = monitor(in, seen, period, reports);
    count(in, seen);  // if this throws, the monitor is stopped all the same
    watch.stop();
    watch.wait();
    return reports;  // the monitor has written it, and is gone
}
// snippet end

int run(const demo::input& in) {
    count_alone(in);  // the disk is not what we measure

    const demo::stopwatch alone;
    const std::uint64_t bytes_alone = count_alone(in);
    const double milliseconds_alone = alone.milliseconds();

    // A handful of reports, whatever the input.
    using milliseconds = std::chrono::duration<double, std::milli>;
    const auto period = std::chrono::ceil<std::chrono::microseconds>(
        milliseconds(std::max(1.0, milliseconds_alone / 8)));

    demo::headline("lifecycle", in);
    const demo::stopwatch together;
    progress seen;
    const int reports = count_and_watch(in, seen, period);
    const double milliseconds_together = together.milliseconds();

    const auto leaks = lifecycle::leak_report();
    demo::line("tasks", std::to_string(tasks) + " that count, and a monitor");
    demo::line("reports", std::to_string(reports) + ", one each " +
                              std::to_string(period.count() / 1000) + " ms, and one at the end");
    demo::line("bytes", std::to_string(seen.bytes));
    demo::line("left", !lifecycle::enabled ? "not recorded in this build"
                       : leaks.empty()     ? "no task"
                                           : leaks);
    const bool same = seen.bytes == bytes_alone && seen.files == in.files.size();
    return demo::verdict(same && leaks.empty(), milliseconds_together, milliseconds_alone);
}

}  // namespace

int main(int argc, char** argv) { return demo::run_on_input(argc, argv, run); }
