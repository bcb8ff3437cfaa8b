#pragma once

#include <filesystem>

#include "child.hpp"
#include "counterexample.hpp"
#include "judge.hpp"

// Runs a program under one tool as often as its claim needs.

namespace braid::harness {

struct trial {
    claim stated;
    bool as_stated = false;
    int tries = 0;
    finding last;      // of the last run: the one that decided
    child_result run;  // the last run itself
};

// A claimed bug may need luck (tools are statistical): at most ten runs until the verdict is seen.
// A claimed `ok` needs three runs that are all ok. No run is begun after a minute, so that a
// program that hangs against its claim does not hold up the others.
//
// The explorer has no need of luck: one run, of ten seconds at most, and what it finds it finds
// again in three replays, each in a process of its own and the same event for event.
//
// Throws user_error when the program is not there, or when nothing is stated for this tool.
trial hold_to_claim(const counterexample&, tool, const std::filesystem::path& program,
                    const child_limits& = {});

constexpr int most_tries = 10;
constexpr int runs_for_ok = 3;
constexpr int replays = 3;

// The environment in which a tool works as the verdicts expect. Options set by the user do not
// reach the program, for a verdict must not depend on them.
child_settings settings_for(tool);

}  // namespace braid::harness
