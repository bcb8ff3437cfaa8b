// Counts the lines of all files under a directory: a wait group waits for the tasks that count.
#include <algorithm>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "common/demo.hpp"
#include "patterns/wait_group/wait_group.hpp"

using namespace braid;

namespace {

// A piece of the work, with a place for its result that no other task touches.
struct part {
    std::span<const demo::fs::path> files;
    std::uint64_t lines = 0;
    std::exception_ptr problem = nullptr;
};

void count(part& p) {
    for (const auto& file : p.files) p.lines += demo::lines_in(demo::read_file(file));
}

// A task that throws ends the process, so one that may fail keeps its exception in its own part.
// Where the first failure shall stop the others, take an error group.
void count_or_note(part& p) noexcept {
    try {
        count(p);
    } catch (...) {
        p.problem = std::current_exception();
    }
}

// snippet: count_lines
std::uint64_t count_lines(std::vector<part>& parts) {
    wait_group wg;
    for (part& p : parts) wg.go({.name = "counter"}, [&p] { count_or_note(p); });
    wg.wait();

    std::uint64_t total = 0;  // from here on every part is ours to read
    for (const part& p : parts) {
        if (p.problem != nullptr) std::rethrow_exception(p.problem);
        total += p.lines;
    }
    return total;
}
// snippet end

// A few parts for each core, so that one with large files does not hold up the end for long; not a
// task for each file, because starting a task costs more than counting a small file.
std::vector<part> cut(const std::vector<demo::fs::path>& files) {
    const std::size_t wanted = 4 * demo::workers();
    const std::size_t each = (files.size() + wanted - 1) / wanted;
    std::vector<part> parts;
    for (std::span<const demo::fs::path> rest = files; !rest.empty();) {
        const std::size_t n = std::min(each, rest.size());
        parts.push_back({.files = rest.first(n)});
        rest = rest.subspan(n);
    }
    return parts;
}

int run(const demo::input& in) {
    demo::warm_up(in);

    const demo::stopwatch alone;
    part everything{.files = in.files};
    count(everything);
    const double milliseconds_alone = alone.milliseconds();

    const demo::stopwatch together;
    std::vector<part> parts = cut(in.files);
    const std::uint64_t lines = count_lines(parts);
    const double milliseconds = together.milliseconds();

    demo::headline("wait_group", in);
    demo::line("tasks", std::to_string(parts.size()) + ", up to " +
                            std::to_string(parts.front().files.size()) + " files each");
    demo::line("lines", std::to_string(lines));
    return demo::verdict(lines == everything.lines, milliseconds, milliseconds_alone);
}

}  // namespace

int main(int argc, char** argv) { return demo::run_on_input(argc, argv, run); }
