#include "judge.hpp"

#include <csignal>
#include <string_view>

#include "report.hpp"

namespace braid::harness {

namespace {

template <class Predicate>
bool any_line(const std::string& output, Predicate predicate) {
    for (const std::string& line : split_lines(output)) {
        if (predicate(line)) return true;
    }
    return false;
}

bool says_wrong_result(const std::string& output) {
    return any_line(output, [](auto& line) { return line.starts_with("wrong result:"); });
}

bool says_exception(const std::string& output) {
    return any_line(output, [](auto& line) {
        return line.find("terminate called") != std::string::npos ||
               (line.starts_with("braid: ") && line.find("exception") != std::string::npos);
    });
}

finding unexpected(const std::string& what) { return {{}, "unexpected: " + what, "", ""}; }

finding expected(verdict seen, const std::string& evidence) {
    return {seen, std::string(to_string(seen)), "", evidence};
}

finding judge_report(const report& found, const child_result& run) {
    finding result;
    if (!run.hang.empty()) {
        result = unexpected(found.name + " was reported, then it hung (" + run.hang + ")");
    } else if (!found.means) {
        result = unexpected(found.name);
        if (found.name.find("unexpected memory mapping") != std::string::npos) {
            result.what +=
                " (the sandbox forbids to switch address randomisation off; "
                "`sysctl vm.mmap_rnd_bits=28` helps)";
        }
    } else if (run.exit_status != found.exit_status) {
        result = unexpected(found.name + " was reported, but with " + run.how_it_ended() +
                            " instead of exit status " + std::to_string(found.exit_status));
    } else {
        result = expected(*found.means, found.evidence);
    }
    result.report = found.text;
    return result;
}

finding judge_silence(const child_result& run) {
    const bool wrong = says_wrong_result(run.output);
    if (run.exit_status == 0) {
        if (wrong) return unexpected("a wrong result was printed, but with exit status 0");
        return expected(verdict::ok, "");
    }
    if (run.exit_status == 1 && wrong) return expected(verdict::wrong_result, run.output);
    if (run.signal == SIGABRT && says_exception(run.output)) {
        return expected(verdict::throws, run.output);
    }
    return unexpected(run.how_it_ended());
}

}  // namespace

finding judge(tool running, const child_result& run) {
    if (const auto found = find_report(running, run.output)) return judge_report(*found, run);
    if (!run.hang.empty()) {
        finding result = expected(verdict::hang, run.output);
        result.what = run.hang;
        return result;
    }
    return judge_silence(run);
}

bool meets(const claim& stated, const finding& found, const counterexample& program) {
    return found.seen == stated.what &&
           (!stated.at_bug || names_place(found.evidence, program.bug_place()));
}

std::string describe(const claim& stated, const finding& found, const counterexample& program) {
    if (meets(stated, found, program) || found.seen != stated.what) return found.what;
    const std::string lines = lines_named(found.evidence, program.file());
    return found.what + ", but its report " +
           (lines.empty()
                ? "names no line of " + program.file() + " (is llvm-symbolizer installed?)"
                : "names line " + lines) +
           " and not the marked " + program.bug_place();
}

}  // namespace braid::harness
