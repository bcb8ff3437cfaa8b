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

// The text of a deadlock or a race tells of threads and objects, which differ from time to time.
std::string in_short(const finding& found) {
    const bool says_more = found.kind == "wrong-result" || found.kind == "failed-assertion" ||
                           found.kind == "uncaught-exception";
    return says_more ? found.kind + ": " + found.text : found.kind;
}

double seconds() {
    timespec now;
    real().clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// One search: what is run, what decides, and the globals as they were before.
class search_of_program {
public:
    search_of_program(const options& how, const std::function<void()>& body)
        : how_(how), body_(body) {
        if (in_program) {
            in_program = false;
            give_up("explore::check within explore::check");
        }
        the_engine().prepare();
        if (!how.keep_globals) at_first_.emplace();
        decides_ = strategy_of(how);
    }

    bool next() {
        const bool limited = how_.executions != 0 || how_.by != search::depth_first;
        if (limited && executions_ == how_.executions) return false;
        if (how_.seconds > 0 && seconds() - begin_ >= how_.seconds) return false;
        return decides_->next();
    }
    bool complete() const { return decides_->complete(); }

    // Stays as it is until the next.
    execution& run() {
        ++executions_;
        execution& one = run(*decides_, false);
        if (decides_->diverged()) {
            one.found = finding{"misuse", "main", "",
                                "the body did something else after the same decisions: it must "
                                "depend on nothing but them"};
            one.found_event = 0;
        }
        return one;
    }

    // Shortens the last execution, runs it once more with a trace, and reports it.
    void tell(execution& failed, result& all) {
        if (how_.shorten && how_.by != search::replay && !decides_->diverged()) shorten(failed);
        all.decisions = to_text(failed.answers);
        const auto again = replay(failed.answers);
        again->next();
        execution& traced = run(*again, true);
        if (traced.found && traced.found->kind == failed.found->kind) {
            all.report = report(traced, all.decisions, how_.own);
            all.found = traced.found;
        } else {
            all.found = failed.found;
            all.report = failed.found->kind + ": " + failed.found->text +
                         "\nA replay of the same decisions went another way.\n";
        }
    }

private:
    execution& run(strategy& decides, bool traced) const {
        execution& result = the_engine().run(body_, how_, decides, traced);
        if (at_first_) at_first_->restore();
        return result;
    }

    // Drops the switches and stale loads without which the same goes wrong, one by one.
    void shorten(execution& found) const {
        std::size_t i = 0;
        for (int tries = 0; tries < most_tries; ++tries) {
            const std::size_t switches = found.stretches.size();
            if (switches > most_switches || i >= switches + found.deviations.size()) return;
            const auto decides =
                i < switches ? follow(without(found.stretches, i), found.deviations)
                             : follow(found.stretches, without(found.deviations, i - switches));
            decides->next();
            execution& shorter = run(*decides, false);
            if (shorter.found && shorter.found->kind == found.found->kind &&
                is_shorter(shorter, found)) {
                found = std::move(shorter);
                i = 0;
            } else {
                ++i;
            }
        }
    }

    const options& how_;
    const std::function<void()>& body_;
    std::unique_ptr<strategy> decides_;
    std::optional<globals> at_first_;
    std::uint64_t executions_ = 0;
    const double begin_ = seconds();
};

}  // namespace

result check(const options& how, const std::function<void()>& body) {
    search_of_program runs(how, body);
    result all;
    std::optional<execution> failed;
    const double begin = seconds();
    while (!failed && runs.next()) {
        execution& one = runs.run();
        ++all.executions;
        if (one.outcome) ++all.outcomes[*one.outcome];
        if (one.found) failed = std::move(one);
    }
    all.seconds = seconds() - begin;
    all.complete = !failed && runs.complete();

    if (failed) {
        runs.tell(*failed, all);
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

std::map<std::string, std::uint64_t> count_outcomes(const options& how,
                                                    const std::function<void()>& body) {
    search_of_program runs(how, body);
    std::map<std::string, std::uint64_t> outcomes;
    while (runs.next()) {
        const execution& one = runs.run();
        ++outcomes[one.found ? in_short(*one.found) : one.outcome.value_or("ok")];
    }
    return outcomes;
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
