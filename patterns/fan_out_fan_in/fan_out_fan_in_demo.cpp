// Counts lines, words and bytes of all files under a directory, fanned out over some tasks.
//
//     build/release/demo/fan_out_fan_in [--print] [directory]
//
// --print writes a line for each file, as `wc` would.

#include "patterns/fan_out_fan_in/line_count.hpp"

using namespace braid;

namespace {

std::string text_of(const demo::counts& c) {
    return std::to_string(c.lines) + " lines, " + std::to_string(c.words) + " words, " +
           std::to_string(c.bytes) + " bytes";
}

int run(const demo::input& in) {
    demo::warm_up(in);

    const demo::stopwatch alone;
    const auto expected = demo::count_files_by_one(in.files);
    const double milliseconds_alone = alone.milliseconds();

    const demo::stopwatch as_ready;
    const demo::counts total = demo::count_total(background(), in.files, demo::workers());
    const double milliseconds = as_ready.milliseconds();

    const demo::stopwatch in_order;
    const auto found = demo::count_files(background(), in.files, demo::workers());
    const double milliseconds_in_order = in_order.milliseconds();

    demo::headline("wc", in);
    demo::line("tasks",
               "1 walks, " + std::to_string(demo::workers()) + " count, the caller adds up");
    demo::line("total", text_of(total));
    char text[64];
    std::snprintf(text, sizeof text, "%.1f ms with the results in the order of the files",
                  milliseconds_in_order);
    demo::line("ordered", text);
    return demo::verdict(total == demo::sum(expected) && found == expected, milliseconds,
                         milliseconds_alone);
}

int print(const demo::input& in) {
    const auto all = demo::count_files(background(), in.files, demo::workers());
    std::fputs(demo::as_wc_prints(in.files, all).c_str(), stdout);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return demo::run_on_input(argc, argv, demo::has_option(argc, argv, "--print") ? print : run);
}
