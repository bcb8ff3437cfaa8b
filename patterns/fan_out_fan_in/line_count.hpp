#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "common/demo.hpp"
#include "patterns/fan_out_fan_in/fan_out_fan_in.hpp"

// Lines, words and bytes of files, as `wc` counts them: what the demo computes, and the tests hold
// against wc.
namespace braid::demo {

struct counts {
    std::uint64_t lines = 0;
    std::uint64_t words = 0;
    std::uint64_t bytes = 0;

    counts& operator+=(const counts& other) {
        lines += other.lines;
        words += other.words;
        bytes += other.bytes;
        return *this;
    }
    friend bool operator==(const counts&, const counts&) = default;
};

// A line is a newline; a word is a maximal run of bytes that are no white space, as POSIX has it.
// (GNU wc before 9.5 leaves out words that have no printable byte.)
inline counts counts_of(std::string_view text) {
    counts found;
    found.bytes = text.size();
    bool in_word = false;
    for (const char c : text) {
        const bool space = c == ' ' || (c >= '\t' && c <= '\r');
        found.lines += c == '\n' ? 1 : 0;
        found.words += !space && !in_word ? 1 : 0;
        in_word = !space;
    }
    return found;
}

inline counts count_file(const fs::path& file) { return counts_of(read_file(file)); }

// The plain sequential program.
inline std::vector<counts> count_files_by_one(const std::vector<fs::path>& files) {
    std::vector<counts> all;
    for (const fs::path& file : files) all.push_back(count_file(file));
    return all;
}

inline counts sum(const std::vector<counts>& all) {
    counts total;
    for (const counts& c : all) total += c;
    return total;
}

// snippet: count_files
inline receiver<fs::path> walk(error_group& group, const std::vector<fs::path>& files) {
    auto send_all = [&files](const context& ctx, const output<fs::path>& out) {
        for (const fs::path& file : files)
            if (!out.send(ctx, file)) return;
    };
    return source<fs::path>(group, send_all, {.name = "walk", .capacity = 64});
}

// The total of all files, by `workers` tasks: a sum does not care which result comes first.
// This and the next throw what read_file throws; then no task is left behind.
inline counts count_total(const context& ctx, const std::vector<fs::path>& files,
                          std::size_t workers) {
    counts total;
    error_group group(ctx);
    const auto paths = walk(group, files);
    const auto results = fan_out(group, paths, workers, count_file, {.capacity = 64});
    for (const counts& c : results) total += c;
    group.wait();
    return total;
}

// One result for each file, in the order of `files`.
inline std::vector<counts> count_files(const context& ctx, const std::vector<fs::path>& files,
                                       std::size_t workers) {
    std::vector<counts> all;
    error_group group(ctx);
    const auto paths = walk(group, files);
    const auto results = fan_out_ordered(group, paths, workers, count_file, {.capacity = 64});
    for (const counts& c : results) all.push_back(c);
    group.wait();
    return all;
}
// snippet end

// The text that `wc` prints: columns as wide as the largest number, and a total if there is more
// than one file.
inline std::string as_wc_prints(const std::vector<fs::path>& files,
                                const std::vector<counts>& all) {
    const counts total = sum(all);
    const int width = static_cast<int>(std::to_string(total.bytes).size());
    std::string text;
    const auto add = [&](const counts& c, const std::string& name) {
        char numbers[80];
        std::snprintf(numbers, sizeof numbers, "%*ju %*ju %*ju ", width, c.lines, width, c.words,
                      width, c.bytes);
        text += numbers + name + "\n";
    };
    for (std::size_t i = 0; i < files.size(); ++i) add(all[i], files[i].string());
    if (files.size() > 1) add(total, "total");
    return text;
}

}  // namespace braid::demo
