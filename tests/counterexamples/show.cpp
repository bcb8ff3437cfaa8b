#include <algorithm>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <string_view>

#include "commands.hpp"
#include "report.hpp"
#include "trial.hpp"
#include "trim.hpp"

namespace braid::harness {

namespace {

struct palette {
    std::string_view title, mark, dim, end;
};

constexpr palette no_colours{"", "", "", ""};
constexpr palette colours_of_a_tty{"\033[1m", "\033[1;31m", "\033[2m", "\033[0m"};

std::string_view name_for_people(tool t) {
    switch (t) {
        case tool::plain:
            return "without a tool";
        case tool::asan:
            return "AddressSanitizer";
        case tool::tsan:
            return "ThreadSanitizer";
        case tool::leak:
            return "Braid's lifecycle check";
        case tool::explore:
            return "the explorer";
    }
    return "";
}

std::string_view how_to_read(verdict v) {
    switch (v) {
        case verdict::ok:
            return "The tool says nothing although the bug is there: it does not look at this kind "
                   "of bug, or the order of events that shows it did not happen. "
                   "docs/tool_matrix.md says which tool sees it.";
        case verdict::data_race:
            return "There are two stacks: two tasks touched the same memory, at least one of them "
                   "wrote, and nothing puts the two accesses in order. Find the variable that both "
                   "lines use, then ask which lock, channel or atomic should stand between them.";
        case verdict::lock_order:
            return "Each pair of stacks shows one lock taken while another is held, and the pairs "
                   "do not agree on the order. This run need not have hung: two tasks that take "
                   "the locks at the same moment would.";
        case verdict::use_after_free:
            return "The first stack uses memory whose life has ended; the next one says who ended "
                   "it. Ask who owned it, and why the owner did not wait for the user.";
        case verdict::deadlock:
            return "Every task waits, so nobody is left to wake one. Follow what each waits for "
                   "from task to task: you come back to where you began, or to something that "
                   "nobody will ever do.";
        case verdict::leak:
            return "What is listed was still there at the end, and nobody could end it any more. "
                   "Look at where it was made, then ask who was meant to end it and on which path "
                   "that is forgotten.";
        case verdict::wrong_result:
            return "The program ran to its end and its answer is wrong. Ask which step assumed "
                   "that nobody else would act between two of its lines.";
        case verdict::throws:
            return "An exception left a task and ended the program. Its text says which rule was "
                   "broken; ask which two tasks both believed that the step was theirs.";
        case verdict::aborts:
            return "The program ended itself: something that it takes for granted was not so. Ask "
                   "which other task could make it so.";
        case verdict::hang:
            return "Nothing runs any more, and no tool said why. Ask for every waiting task which "
                   "event should wake it, and whether that event came before it slept.";
    }
    return "";
}

void print_wrapped(std::ostream& out, std::string_view text) {
    constexpr std::size_t width = 92;
    std::istringstream words{std::string(text)};
    std::string line;
    for (std::string word; words >> word;) {
        if (!line.empty() && line.size() + 1 + word.size() > width) {
            out << "  " << line << "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    out << "  " << line << "\n";
}

void print_title(std::ostream& out, const counterexample& program, const palette& p,
                 const std::string& file) {
    out << p.title << program.id() << "  " << program.title << p.end;
    if (!program.bug_ids.empty()) out << " (" << program.bug_ids << ")";
    out << "\n  breaks   " << program.breaks << "\n  seen in  " << program.seen_in
        << "\n  file     " << file << "\n\n";
}

void print_report(std::ostream& out, const trial& done, const palette& p,
                  const std::filesystem::path& root) {
    const bool silent = done.last.report.empty();
    const auto lines = silent ? split_lines(done.run.output) : trim_report(done.last.report, root);
    constexpr std::size_t most = 60;
    for (std::size_t i = 0; i < std::min(most, lines.size()); ++i) {
        const std::string_view colour = lines[i] == "    ..." ? p.dim : std::string_view{};
        if (!lines[i].empty()) out << "  ";
        out << colour << lines[i] << (colour.empty() ? "" : p.end) << "\n";
    }
    if (lines.size() > most) out << "  (" << lines.size() - most << " more lines)\n";
    if (!done.run.hang.empty()) out << "  " << done.run.hang << "\n";
    if (silent && lines.empty() && done.run.hang.empty()) {
        out << "  (nothing; " << done.run.how_it_ended() << ")\n";
    }
    out << "\n";
}

void print_excerpt(std::ostream& out, const counterexample& program, const palette& p,
                   const std::string& file) {
    constexpr int around = 3;
    if (program.bug_line == 0) return;
    out << p.title << "The marked line" << p.end << " (" << file << ":" << program.bug_line
        << "):\n\n";
    std::ifstream in(program.source);
    std::string text;
    for (int line = 1; std::getline(in, text); ++line) {
        if (line < program.bug_line - around || line > program.bug_line + around) continue;
        const bool marked = line == program.bug_line;
        out << "  " << (marked ? p.mark : std::string_view{}) << (marked ? "-> " : "   ")
            << std::setw(4) << line << " | " << text << (marked ? p.end : std::string_view{})
            << "\n";
    }
    out << "\n";
}

}  // namespace

int show(std::ostream& out, const one_program& what, bool colours) {
    const palette p = colours ? colours_of_a_tty : no_colours;
    const counterexample program = read_counterexample(what.source);
    const auto root = tree_of(what.source);
    const std::string file =
        root.empty() ? what.source.string()
                     : std::filesystem::absolute(what.source).lexically_relative(root).string();
    print_title(out, program, p, file);
    out.flush();  // the run takes a moment: something to read meanwhile
    const trial done = hold_to_claim(program, what.with, what.program, what.limits);
    if (!done.as_stated) {
        print_failure(out, program, what.with, done);
        return 1;
    }
    out << p.title << "What it does " << (what.with == tool::plain ? "" : "under ")
        << name_for_people(what.with) << p.end << ":\n\n";
    print_report(out, done, p, root);
    print_excerpt(out, program, p, file);
    out << p.title << "How to read it" << p.end << ":\n\n";
    print_wrapped(out, how_to_read(done.stated.what));
    out << "\n";
    print_wrapped(out, program.reading);
    const bool silent = done.stated.what == verdict::ok;
    out << "\n"
        << p.title << (silent ? "Silent as stated" : "Caught as stated") << p.end << ": "
        << to_string(done.stated.what);
    if (done.stated.at_bug) out << " at " << program.bug_place();
    out << (silent ? ", in " : ", at try ") << done.tries << (silent ? " runs" : "") << ".\n";
    return 0;
}

}  // namespace braid::harness
