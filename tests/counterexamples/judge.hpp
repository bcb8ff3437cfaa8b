#pragma once

#include <optional>
#include <string>

#include "child.hpp"
#include "counterexample.hpp"

// Turns one run into a verdict.

namespace braid::harness {

struct finding {
    std::optional<verdict> seen;  // nothing: unexpected, and so never as stated
    std::string what;             // "data-race", "hang: 3 threads asleep, ...", "unexpected: ..."
    std::string report;           // the tool's report alone, empty when there is none
    std::string evidence;         // what may name the faulty line
};

// A verdict needs both the report and the exit status that goes with it: a race report needs 66, a
// wrong result needs a line that begins "wrong result:" and status 1, and so on. A report with
// another status, and any other way to end, is unexpected.
finding judge(tool, const child_result&);

// Whether the finding is what was stated, the marked line included.
bool meets(const claim&, const finding&, const counterexample&);

// The finding in words, seen from the claim: "data-race, but it names line 15 and not once.cpp:12".
std::string describe(const claim&, const finding&, const counterexample&);

}  // namespace braid::harness
