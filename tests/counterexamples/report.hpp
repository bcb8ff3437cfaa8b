#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "counterexample.hpp"

// Finds the report of a tool in the output of a program.

namespace braid::harness {

struct report {
    std::string name;              // as the tool calls it: "data race", "heap-use-after-free"
    std::optional<verdict> means;  // nothing: no verdict of ours, so never as stated
    int exit_status = 0;           // what the tool ends the program with
    std::string text;              // the report alone
    std::string evidence;          // what may name the faulty line, see below
};

// The first report in the output. A tool's own reports count under that tool only; Braid's deadlock
// and leak reports count under every tool, since a program prints them wherever the registry is
// compiled in.
//
// Where a thread was created or memory was allocated is no evidence: a marked line must be one of
// the accesses (either one), of the lock acquisitions, the use or the free. The whole of Braid's
// own reports is evidence, and what LeakSanitizer says about where a leak was allocated.
std::optional<report> find_report(tool, const std::string& output);

// Whether `text` names `file:line`, whatever directory stands before it.
bool names_place(std::string_view text, std::string_view place);

// All the lines of `file` that the text names, as "12, 15".
std::string lines_named(std::string_view text, std::string_view file);

bool is_frame(std::string_view line);  // "    #0 main once.cpp:12"

std::vector<std::string> split_lines(std::string_view text);

}  // namespace braid::harness
