// Formats a report over all files under a directory, a task for each, with new buffers in each task
// and with buffers from a pool. Counts the allocations of both: whether a pool is worth it is
// nothing to guess.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "common/demo.hpp"
#include "patterns/error_group/error_group.hpp"
#include "patterns/pool/pool.hpp"

using namespace braid;

namespace {

std::atomic<std::uint64_t> allocations{0}, allocated{0};

}  // namespace

// What measures: every allocation of the program comes through here, the runtime's too. Not inline,
// or g++ takes new and free for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    allocated.fetch_add(size, std::memory_order_relaxed);
    if (void* const p = std::malloc(size)) return p;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

// What it takes to look at one file. It keeps its memory when it is used again.
struct scratch {
    std::string text;
    std::vector<std::size_t> lengths;  // of the lines
};

// snippet: reset
// One huge file shall not make every buffer huge for ever.
void reset(scratch& s) {
    constexpr std::size_t too_large = 1024 * 1024;
    if (s.text.capacity() > too_large) s = {};
    s.text.clear();
    s.lengths.clear();
}
// snippet end

void read(const demo::fs::path& path, std::string& text) {
    constexpr std::size_t chunk = 16 * 1024;
    std::ifstream file;
    file.rdbuf()->pubsetbuf(nullptr, 0);  // `text` is buffer enough
    file.open(path, std::ios::binary);
    while (file) {
        const std::size_t before = text.size();
        text.resize(before + chunk);
        file.read(text.data() + before, chunk);
        text.resize(before + static_cast<std::size_t>(file.gcount()));
    }
    if (!file.eof()) throw std::system_error(errno, std::generic_category(), path.string());
}

std::string describe(const demo::fs::path& path, scratch& s) {
    read(path, s.text);
    std::size_t length = 0;
    for (const char c : s.text) {
        if (c != '\n') {
            ++length;
            continue;
        }
        s.lengths.push_back(length);
        length = 0;
    }
    if (length > 0) s.lengths.push_back(length);
    if (s.lengths.empty()) return path.string() + ": empty\n";

    const auto middle = s.lengths.begin() + static_cast<std::ptrdiff_t>(s.lengths.size() / 2);
    std::nth_element(s.lengths.begin(), middle, s.lengths.end());
    const std::size_t longest = *std::max_element(middle, s.lengths.end());
    return path.string() + ": " + std::to_string(s.lengths.size()) + " lines, of " +
           std::to_string(*middle) + " characters in the median, " + std::to_string(longest) +
           " at most\n";
}

std::string joined(const std::vector<std::string>& lines) {
    std::string all;
    for (const std::string& line : lines) all += line;
    return all;
}

// One task: one buffer, used again and again. Where work is a loop, there is no need for a pool.
std::string report_alone(const demo::input& in) {
    std::vector<std::string> lines;
    lines.reserve(in.files.size());
    scratch s;
    for (const auto& file : in.files) {
        lines.push_back(describe(file, s));
        reset(s);
    }
    return joined(lines);
}

// snippet: report
constexpr int at_a_time = 8;

// A task for each file. `scratch_for_one` gives a task what it works with.
template <class F>
std::string report(const demo::input& in, F scratch_for_one) {
    std::vector<std::string> lines(in.files.size());
    error_group group;
    group.set_limit(at_a_time);
    for (std::size_t i = 0; i < lines.size(); ++i)
        group.go([&, i] {
            const auto mine = scratch_for_one();
            lines[i] = describe(in.files[i], *mine);
        });
    group.wait();
    return joined(lines);
}

std::string report_without_pool(const demo::input& in) {
    return report(in, [] { return std::make_unique<scratch>(); });
}

std::string report_with_pool(const demo::input& in, pool<scratch>& scratches) {
    return report(in, [&] { return scratches.loan(); });
}
// snippet end

struct measured {
    std::string result;
    std::uint64_t allocations, bytes;
    double milliseconds;
};

template <class F>
measured measure(F f) {
    const demo::stopwatch time;
    const std::uint64_t allocations_before = allocations, bytes_before = allocated;
    std::string result = f();
    return {std::move(result), allocations - allocations_before, allocated - bytes_before,
            time.milliseconds()};
}

std::string text_of(const measured& m) {
    char time[32];
    std::snprintf(time, sizeof time, ", %.1f ms", m.milliseconds);
    return std::to_string(m.allocations) + " allocations, " + demo::size_of(m.bytes) + time;
}

int run(const demo::input& in) {
    report_alone(in);  // the disk is not what we measure

    std::atomic<int> made{0};
    pool<scratch> scratches(
        [&] {
            ++made;
            return scratch{};
        },
        reset);
    const measured alone = measure([&] { return report_alone(in); });
    const measured without = measure([&] { return report_without_pool(in); });
    const measured with = measure([&] { return report_with_pool(in, scratches); });

    demo::headline("pool", in);
    demo::line("tasks", std::to_string(in.files.size()) + ", a task for each file, " +
                            std::to_string(at_a_time) + " at a time");
    demo::line("no pool", text_of(without));
    demo::line("pool", text_of(with) + "; " + std::to_string(made) + " buffers made");
    const bool same = without.result == alone.result && with.result == alone.result;
    return demo::verdict(same, with.milliseconds, alone.milliseconds);
}

}  // namespace

int main(int argc, char** argv) { return demo::run_on_input(argc, argv, run); }
