// Counts lines, words and bytes of all files under a directory, fanned out over some tasks.
//
//     build/release/demo/fan_out_fan_in [--print] [directory]
//
// --print writes a line for each file, as `wc` would.
#include <algorithm>
#include <exception>
#include <thread>

#include "patterns/fan_out_fan_in/line_count.hpp"

using namespace braid;

namespace {

std::size_t workers() { return std::max(2U, std::thread::hardware_concurrency()); }

std::string text_of(const demo::counts& c) {
    return std::to_string(c.lines) + " lines, " + std::to_string(c.words) + " words, " +
           std::to_string(c.bytes) + " bytes";
}

int run(const demo::input& in) {
    for (const auto& file : in.files) demo::read_file(file);  // the disk is not what we measure

    const demo::stopwatch alone;
    const auto expected = demo::count_files_by_one(in.files);
    const double milliseconds_alone = alone.milliseconds();

    const demo::stopwatch as_ready;
    const demo::counts total = demo::count_total(background(), in.files, workers());
    const double milliseconds = as_ready.milliseconds();

    const demo::stopwatch in_order;
    const auto found = demo::count_files(background(), in.files, workers());
    const double milliseconds_in_order = in_order.milliseconds();

    demo::headline("wc", in);
    demo::line("tasks", "1 walks, " + std::to_string(workers()) + " count, the caller adds up");
    demo::line("total", text_of(total));
    char text[64];
    std::snprintf(text, sizeof text, "%.1f ms with the results in the order of the files",
                  milliseconds_in_order);
    demo::line("ordered", text);
    return demo::verdict(total == demo::sum(expected) && found == expected, milliseconds,
                         milliseconds_alone);
}

}  // namespace

int main(int argc, char** argv) {
    const demo::input in = demo::input_of(argc, argv);
    try {
        if (!demo::has_option(argc, argv, "--print")) return run(in);
        const auto all = demo::count_files(background(), in.files, workers());
        std::fputs(demo::as_wc_prints(in.files, all).c_str(), stdout);
    } catch (const std::exception& e) {
        demo::fail(e.what());
    }
}
