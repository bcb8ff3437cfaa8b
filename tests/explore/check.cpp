#include <chrono>
#include <string>

#include "tests/explore/engine.hpp"
#include "tests/explore/explore.hpp"
#include "tests/explore/globals.hpp"
#include "tests/explore/real.hpp"
#include "tests/explore/report.hpp"

namespace explore {
namespace {

std::unique_ptr<strategy> strategy_of(const options& how) {
    switch (how.by) {
        case search::random:
            return by_chance(how.seed);
        case search::pct:
            return by_priorities(how.seed, how.preemptions);
        case search::depth_first:
            return depth_first(how.preemptions);
        case search::replay:
            return replay(from_text(how.decisions));
    }
    return nullptr;
}

constexpr std::size_t most_switches = 300;  // of an execution that is worth shortening
constexpr int most_tries = 1000;

bool is_shorter(const execution& a, const execution& b) {
    return a.stretches.size() + a.deviations.size() < b.stretches.size() + b.deviations.size();
}

template <class Element>
std::vector<Element> without(const std::vector<Element>& all, std::size_t i) {
    std::vector<Element> rest = all;
    if (i < rest.size()) rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    return rest;
}

// What is run, and the globals as check() found them.
struct program {
    const std::function<void()>& body;
    const options& how;
    std::optional<globals> at_first;

    execution run(strategy& decides, bool traced = false) const {
        execution result = the_engine().run(body, how, decides, traced);
        if (at_first) at_first->restore();
        return result;
    }
};

// Drops the switches and stale loads without which the same goes wrong, one by one.
void shorten(const program& runs, execution& found) {
    std::size_t i = 0;
    for (int tries = 0; tries < most_tries; ++tries) {
        const std::size_t switches = found.stretches.size();
        if (switches > most_switches || i >= switches + found.deviations.size()) return;
        const auto decides = i < switches
                                 ? follow(without(found.stretches, i), found.deviations)
                                 : follow(found.stretches, without(found.deviations, i - switches));
        decides->next();
        execution shorter = runs.run(*decides);
        if (shorter.found && shorter.found->kind == found.found->kind &&
            is_shorter(shorter, found)) {
            found = std::move(shorter);
            i = 0;
        } else {
            ++i;
        }
    }
}

}  // namespace

result check(const options& how, const std::function<void()>& body) {
    if (in_program) {
        in_program = false;
        give_up("explore::check within explore::check");
    }
    the_engine().prepare();
    program runs{body, how, std::nullopt};
    if (!how.keep_globals) runs.at_first.emplace();
    const auto decides = strategy_of(how);
    const bool limited = how.executions != 0 || how.by != search::depth_first;
    result all;
    std::optional<execution> failed;
    timespec begin;
    timespec end;
    real().clock_gettime(CLOCK_MONOTONIC, &begin);
    while (!failed && !(limited && all.executions == how.executions) && decides->next()) {
        execution one = runs.run(*decides);
        ++all.executions;
        if (one.outcome) ++all.outcomes[*one.outcome];
        if (decides->diverged()) {
            one.found = finding{"misuse", "main", "",
                                "the body did something else after the same decisions: it must "
                                "depend on nothing but them"};
            one.found_event = 0;
        }
        if (one.found) failed = std::move(one);
    }
    real().clock_gettime(CLOCK_MONOTONIC, &end);
    all.seconds = static_cast<double>(end.tv_sec - begin.tv_sec) +
                  static_cast<double>(end.tv_nsec - begin.tv_nsec) * 1e-9;
    all.complete = !failed && decides->complete();

    if (failed) {
        if (how.shorten && how.by != search::replay && !decides->diverged()) shorten(runs, *failed);
        all.decisions = to_text(failed->answers);
        const auto again = replay(failed->answers);
        again->next();
        execution traced = runs.run(*again, true);
        if (traced.found && traced.found->kind == failed->found->kind) {
            all.report = report(traced, all.decisions, how.own);
            all.found = traced.found;
        } else {
            all.found = failed->found;
            all.report = failed->found->kind + ": " + failed->found->text +
                         "\nA replay of the same decisions went another way.\n";
        }
    } else if (all.complete) {
        all.report = "search complete, " + std::to_string(all.executions) + " schedules, at most " +
                     std::to_string(how.preemptions) + " preemptions\n";
    } else {
        all.report = "nothing found in " + std::to_string(all.executions) +
                     " executions, search not complete\n";
    }
    for (const auto& [text, times] : all.outcomes)
        all.report += "outcome " + text + ": " + std::to_string(times) + '\n';
    return all;
}

void outcome(std::string_view text) {
    if (!in_program) return;
    entered here;
    the_engine().outcome(text);
}

void fail(std::string_view text) {
    if (!in_program) give_up("explore::fail outside of an execution");
    in_program = false;
    the_engine().enter(__builtin_return_address(0));
    the_engine().stop("failed-assertion", std::string(text));
}

}  // namespace explore
