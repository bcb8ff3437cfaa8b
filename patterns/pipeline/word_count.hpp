#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/demo.hpp"
#include "patterns/pipeline/pipeline.hpp"

// How often each word occurs in some files: what the demo computes, and the tests hold against
//
//     tr -cs A-Za-z '\n' | tr A-Z a-z | grep . | sort | uniq -c
namespace braid::demo {

using word_table = std::unordered_map<std::string, std::uint64_t>;

inline word_table words_of(std::string_view text) {
    word_table table;
    for_each_word(text, [&](const std::string& word) { ++table[word]; });
    return table;
}

inline void merge(word_table& total, const word_table& part) {
    for (const auto& [word, count] : part) total[word] += count;
}

// The plain sequential program.
inline word_table count_words_by_one(const std::vector<fs::path>& files) {
    word_table total;
    for (const fs::path& file : files) merge(total, words_of(read_file(file)));
    return total;
}

// snippet: count_words
// The same as a pipeline: walk, read, count, merge; the last stage is the caller. Throws what
// read_file throws; then no task is left behind.
inline word_table count_words(const context& ctx, const std::vector<fs::path>& files) {
    word_table total;
    error_group group(ctx);
    auto walk = [&files](const context& ctx, const output<fs::path>& out) {
        for (const fs::path& file : files)
            if (!out.send(ctx, file)) return;
    };
    const auto paths = source<fs::path>(group, walk, {.name = "walk", .capacity = 64});
    const auto texts = transform(group, paths, read_file, {.name = "read", .capacity = 8});
    const auto tables = transform(group, texts, words_of, {.name = "count", .capacity = 8});
    for (const word_table& part : tables) merge(total, part);
    group.wait();
    return total;
}
// snippet end

inline std::vector<std::pair<std::string, std::uint64_t>> sorted(const word_table& table) {
    std::vector<std::pair<std::string, std::uint64_t>> rows(table.begin(), table.end());
    std::ranges::sort(rows);
    return rows;
}

// The text that `uniq -c` prints.
inline std::string as_uniq_prints(const word_table& table) {
    std::string text;
    for (const auto& [word, count] : sorted(table)) {
        char number[32];
        std::snprintf(number, sizeof number, "%7ju ", count);
        text += number + word + "\n";
    }
    return text;
}

}  // namespace braid::demo
