#include <fstream>
#include <iomanip>

#include "commands.hpp"
#include "report.hpp"
#include "trial.hpp"

namespace braid::harness {

namespace {

void write_result(const std::filesystem::path& directory, const counterexample& program, tool t,
                  const trial& done) {
    std::filesystem::create_directories(directory);
    const auto file =
        directory / (program.pattern + "." + program.stem() + "." + std::string(to_string(t)));
    std::ofstream out(file);
    out << "stated " << to_string(done.stated) << "\n"
        << "seen " << describe(done.stated, done.last, program) << "\n"
        << "tries " << done.tries << "\n";
    if (!out.flush()) {
        throw user_error(file.string() + " cannot be written; give another --results directory");
    }
}

}  // namespace

void print_failure(std::ostream& out, const counterexample& program, tool t, const trial& done) {
    constexpr std::size_t tail = 30;
    out << "FAILED " << program.id() << " " << program.stem() << " under " << to_string(t) << "\n"
        << "  stated: " << to_string(done.stated) << "\n"
        << "  seen:   " << describe(done.stated, done.last, program) << " (try " << done.tries
        << ")\n"
        << "  ended:  " << done.run.how_it_ended() << "\n"
        << "  output:";
    const auto lines = split_lines(done.run.output);
    if (lines.empty()) out << " none";
    if (lines.size() > tail) out << " its last " << tail << " lines of " << lines.size();
    out << "\n";
    for (std::size_t i = lines.size() > tail ? lines.size() - tail : 0; i < lines.size(); ++i) {
        out << "    | " << lines[i].substr(0, 200) << "\n";
    }
}

int check(std::ostream& out, const one_program& what, const std::filesystem::path& results) {
    const counterexample program = read_counterexample(what.source);
    const trial done = hold_to_claim(program, what.with, what.program, what.limits);
    if (!results.empty()) write_result(results, program, what.with, done);
    if (!done.as_stated) {
        print_failure(out, program, what.with, done);
        return 1;
    }
    const bool silent = done.stated.what == verdict::ok;
    out << std::left << std::setw(18) << program.id() << " " << std::setw(6) << to_string(what.with)
        << " " << std::setw(18) << to_string(done.stated) << " as stated, "
        << (silent ? "in " : "try ") << done.tries << (silent ? " runs" : "") << "\n";
    return 0;
}

}  // namespace braid::harness
