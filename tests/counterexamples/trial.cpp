#include "trial.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace braid::harness {

namespace {

constexpr std::chrono::milliseconds longest_search{10'000};

// More than 28 bits of randomness, and the runtimes of g++ 12 and clang 14 do not find the address
// space that ThreadSanitizer needs.
bool randomizes_too_much() {
    int bits = 0;
    std::ifstream("/proc/sys/vm/mmap_rnd_bits") >> bits;
    return bits > 28;
}

// What the explorer has found, it must find again. Otherwise the finding is unexpected.
void demand_replays(trial& explored, const std::filesystem::path& executable,
                    child_settings settings) {
    settings.arguments.push_back("--replay");
    for (int i = 1; i <= replays; ++i) {
        const finding again = judge(tool::explore, run_child(executable, settings));
        if (again.report == explored.last.report) continue;
        explored.last.what = "unexpected: replay " + std::to_string(i) + " went another way";
        explored.last.seen.reset();
        explored.as_stated = false;
        return;
    }
}

}  // namespace

child_settings settings_for(tool t) {
    child_settings settings;
    settings.environment = {
        {"ASAN_OPTIONS", ""},
        {"LSAN_OPTIONS", ""},
        {"UBSAN_OPTIONS", ""},
        {"TSAN_OPTIONS", ""},
        {"BRAID_LEAKS", ""},
        {"BRAID_RUNTIME", "threads"},  // fibers of one worker are ordered by its switches
    };
    if (t == tool::tsan) {
        settings.environment["TSAN_OPTIONS"] = "halt_on_error=1:second_deadlock_stack=1";
        settings.fixed_addresses = randomizes_too_much();
    }
    if (t == tool::asan) {
        settings.environment["ASAN_OPTIONS"] = "detect_stack_use_after_return=1:detect_leaks=1";
        settings.environment["UBSAN_OPTIONS"] = "print_stacktrace=1";
    }
    if (t == tool::leak) settings.environment["BRAID_LEAKS"] = "1";
    if (t == tool::explore) settings.arguments = {"--own", "/broken/"};
    return settings;
}

trial hold_to_claim(const counterexample& program, tool t, const std::filesystem::path& executable,
                    const child_limits& limits) {
    const auto stated = program.expect.find(t);
    if (stated == program.expect.end()) {
        throw user_error(program.source.string() + ": states nothing for " +
                         std::string(to_string(t)) + "; add it to `Expect:`");
    }
    if (access(executable.c_str(), X_OK) != 0) {
        throw user_error(executable.string() +
                         " is not built; `make test PATTERN=" + program.pattern + "` builds it");
    }
    child_settings settings = settings_for(t);
    settings.limits = limits;
    trial result;
    result.stated = stated->second;
    const bool silent = result.stated.what == verdict::ok;
    const bool explores = t == tool::explore;
    if (explores) settings.limits.total = std::min(limits.total, longest_search);
    const int most = explores ? 1 : silent ? runs_for_ok : most_tries;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    do {
        ++result.tries;
        result.run = run_child(executable, settings);
        result.last = judge(t, result.run);
        result.as_stated = meets(result.stated, result.last, program);
    } while (result.as_stated == silent && result.tries < most &&
             std::chrono::steady_clock::now() < give_up);
    if (explores && result.as_stated && !silent) demand_replays(result, executable, settings);
    return result;
}

}  // namespace braid::harness
