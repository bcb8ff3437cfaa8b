#pragma once

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

#include "names.hpp"

// What a broken program says about itself in its header comment.
//
//     // once.2  Double-checked locking on a plain flag                      (ON2)
//     // Breaks:  I1, the initialiser happens before every use
//     // Seen in: <project and issue>
//     // Expect:  plain=ok asan=ok tsan=data-race@BUG leak=ok explore=data-race@BUG
//     // Reading: how a learner reads the report of this program
//     //          (a continuation line is indented further)

namespace braid::harness {

// Something only the user can put right. The message is one line: the place, what is wrong, what
// to do. The harness prints it and exits with status 2.
struct user_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// One word of an Expect field, such as `data-race@BUG`.
struct claim {
    verdict what = verdict::ok;
    bool at_bug = false;  // the report has to name the marked line
};

std::string to_string(claim);

struct counterexample {
    std::filesystem::path source;
    std::string pattern;  // "once"
    int number = 0;       // 2
    std::string title;
    std::string bug_ids;  // "ON2", or empty when the bug has no number in the bank
    std::string breaks;
    std::string seen_in;
    std::string reading;
    std::map<tool, claim> expect;  // of every tool
    int bug_line = 0;              // the line marked `// BUG`, 0 when there is none

    std::string id() const { return pattern + "." + std::to_string(number); }
    std::string stem() const { return source.stem().string(); }
    std::string file() const { return source.filename().string(); }
    std::string bug_place() const { return file() + ":" + std::to_string(bug_line); }
};

// Reads the header and finds the marked line. Throws user_error for a malformed header.
counterexample read_counterexample(const std::filesystem::path& source);

}  // namespace braid::harness
