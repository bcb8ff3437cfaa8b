#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// Runs a concurrent program again and again, each time in another interleaving of its threads, and
// says whether one of them fails. README.md says what is modelled, and what is not.
namespace explore {

enum class search {
    random,       // each decision by chance, from `seed`
    pct,          // threads have priorities by chance, which change `preemptions` times
    depth_first,  // every schedule with at most `preemptions` preemptions
    replay,       // the one schedule that `decisions` lists
};

struct options {
    search by = search::random;
    std::uint64_t seed = 1;
    int preemptions = 2;
    std::string decisions{};            // of an earlier result
    std::uint64_t executions = 10'000;  // at most so many; depth_first: 0 means no limit
    double seconds = 0;                 // none is begun after so long; 0 means no limit
    std::uint64_t steps = 20'000;       // more for each of the first 100 threads is a livelock
    bool weak = true;                   // loads may see old values, weak exchanges may fail
    bool keep_globals = false;          // true: what an execution leaves in globals stays
    bool daemons = false;               // true: a thread may outlive the body
    bool shorten = true;                // drop the switches that a finding does not need
    std::string own{};                  // the report names lines of files whose path has this in it
};

// What went wrong in one execution. `kind` is one of: data-race, deadlock, leaked-thread,
// failed-assertion, uncaught-exception, use-after-free, double-free, use-after-scope, crash,
// livelock, misuse, wrong-result (of a whole program), unsupported. unsupported: the explorer met
// what it cannot control, the program may well be right.
struct finding {
    std::string kind;
    std::string thread;  // "main", "t1", "t2", ... in the order in which they were started
    std::string place;   // file:line
    std::string text;
};

struct result {
    std::uint64_t executions = 0;
    bool complete = false;  // every schedule within the bound has been run
    std::optional<finding> found;
    std::string decisions;  // of the execution with the finding, for a replay
    std::string report;     // for a person: columns, verdict, replay
    std::map<std::string, std::uint64_t> outcomes;  // how many executions had which
    double seconds = 0;                             // of the search, without the report

    bool ok() const { return !found; }
    explicit operator bool() const { return ok(); }
};

// Searches until there is a finding, the search is complete, or it has used up its executions.
//
// `body` is run in a thread called main. The globals of this program have the same values before
// each execution and function-local statics are made anew; what lies outside, the body must own.
// Memory that it allocates is gone when the execution ends.
//
// One call at a time, and no other thread may run meanwhile.
result check(const options& how, const std::function<void()>& body);

// The same without an end at a finding: how many executions ended in which way. That is what
// outcome() was told, the kind of the finding, or "ok".
std::map<std::string, std::uint64_t> count_outcomes(const options& how,
                                                    const std::function<void()>& body);

// --- From inside the body ----------------------------------------------------------------------

// Counts this execution under `text`; the last call counts.
void outcome(std::string_view text);

// Ends this execution with a failed-assertion.
[[noreturn]] void fail(std::string_view text);

inline void require(bool holds, std::string_view text) {
    if (!holds) fail(text);
}

}  // namespace explore
