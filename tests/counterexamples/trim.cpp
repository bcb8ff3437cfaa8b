#include "trim.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "report.hpp"

namespace braid::harness {

namespace {

constexpr auto absent = std::string::npos;

constexpr std::array<std::string_view, 16> machinery{
    "libsanitizer/",     "/include/c++/",   "/bits/",   "gthr-default.h",
    "libtsan",           "libasan",         "libubsan", "libstdc++",
    "libc.so",           "sysdeps/",        "../csu/",  "common/runtime/",
    "common/action.hpp", "common/task.cpp", "<null>",   " in _start ",
};

bool is_machinery(const std::string& frame) {
    return std::any_of(machinery.begin(), machinery.end(),
                       [&](auto part) { return frame.find(part) != absent; });
}

// Rules say nothing, and the summary often names a line of the library.
bool is_noise(const std::string& line) {
    return line.starts_with("SUMMARY: ") ||
           (line.size() > 10 && line.find_first_not_of('=') == absent);
}

void erase_all(std::string& line, const std::string& part) {
    if (part.empty()) return;
    for (auto at = line.find(part); at != absent; at = line.find(part)) line.erase(at, part.size());
}

// "==123==ERROR: ..." and "... (pid=123)" and "... at pc 0x... bp 0x... sp 0x...".
void drop_run_details(std::string& line) {
    if (line.starts_with("==")) {
        const auto end = line.find("==", 2);
        if (end != absent) line.erase(0, end + 2);
    }
    if (const auto pid = line.find(" (pid="); pid != absent) {
        line.erase(pid, line.find(')', pid) - pid + 1);
    }
    if (const auto pc = line.find(" at pc 0x"); pc != absent) line.erase(pc);
}

// "#0 0x55d8 in main a.cpp:3" and "#0 main a.cpp:3 (a+0x55d8)" become "#0 main a.cpp:3".
void drop_addresses(std::string& line) {
    const auto pc = line.find(" 0x");
    const auto in = line.find(" in ");
    if (is_frame(line) && pc != absent && in != absent && pc < in) line.erase(pc, in + 3 - pc);
    const auto offset = line.find("+0x");
    if (offset != absent && line.ends_with(')')) line.erase(line.rfind(" (", offset));
}

}  // namespace

std::vector<std::string> trim_report(std::string_view text, const std::filesystem::path& root) {
    const std::string prefix = root.empty() ? "" : root.string() + "/";
    std::vector<std::string> kept;
    bool frame_dropped = false;  // in the current stack, and none kept so far
    const auto close_stack = [&] {
        if (frame_dropped) kept.emplace_back("    ...");
        frame_dropped = false;
    };
    bool stack_has_frames = false;
    for (std::string& line : split_lines(text)) {
        if (is_noise(line)) continue;
        if (!is_frame(line)) {
            close_stack();
            stack_has_frames = false;
            drop_run_details(line);
        } else if (is_machinery(line)) {
            frame_dropped = !stack_has_frames;
            continue;
        } else {
            frame_dropped = false;
            stack_has_frames = true;
        }
        drop_addresses(line);
        erase_all(line, prefix);
        kept.push_back(std::move(line));
    }
    close_stack();
    while (!kept.empty() && kept.back().empty()) kept.pop_back();
    return kept;
}

std::filesystem::path tree_of(const std::filesystem::path& source) {
    const auto patterns = std::filesystem::absolute(source)
                              .lexically_normal()
                              .parent_path()
                              .parent_path()
                              .parent_path();
    return patterns.filename() == "patterns" ? patterns.parent_path() : std::filesystem::path();
}

}  // namespace braid::harness
