// Counts the words of all files under a directory, by a pipeline: walk -> read -> count -> merge.
//
//     build/release/demo/pipeline [--print] [directory]
//
// --print writes the whole table, as `uniq -c` would.

#include "patterns/pipeline/word_count.hpp"

using namespace braid;

namespace {

std::string summary(const demo::word_table& table) {
    std::uint64_t words = 0;
    for (const auto& [word, count] : table) words += count;
    return std::to_string(words) + ", of which " + std::to_string(table.size()) + " different";
}

std::string most_frequent(const demo::word_table& table, std::size_t n) {
    auto rows = demo::sorted(table);
    std::ranges::stable_sort(rows, std::ranges::greater{}, [](auto& row) { return row.second; });
    rows.resize(std::min(n, rows.size()));
    std::string text;
    for (const auto& [word, count] : rows)
        text += (text.empty() ? "" : ", ") + word + " " + std::to_string(count);
    return text;
}

int run(const demo::input& in) {
    demo::warm_up(in);

    const demo::stopwatch alone;
    const demo::word_table expected = demo::count_words_by_one(in.files);
    const double milliseconds_alone = alone.milliseconds();

    const demo::stopwatch together;
    const demo::word_table found = demo::count_words(background(), in.files);
    const double milliseconds = together.milliseconds();

    demo::headline("words", in);
    demo::line("stages", "walk -> read -> count -> merge, a task each");
    demo::line("words", summary(found));
    demo::line("most", most_frequent(found, 5));
    return demo::verdict(found == expected, milliseconds, milliseconds_alone);
}

int print(const demo::input& in) {
    const demo::word_table found = demo::count_words(background(), in.files);
    std::fputs(demo::as_uniq_prints(found).c_str(), stdout);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return demo::run_on_input(argc, argv, demo::has_option(argc, argv, "--print") ? print : run);
}
