#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "trial.hpp"

namespace braid::harness {

namespace {

namespace fs = std::filesystem;

constexpr std::array<tool, 5> columns{tool::plain, tool::asan, tool::tsan, tool::leak,
                                      tool::explore};

// Whether a verdict in this column means that the bug showed. A hang or a wrong result under a
// sanitizer is the bug's own doing: the sanitizer said nothing. The explorer, though, had to find
// the interleaving, whatever comes of it.
bool is_caught(tool t, verdict v) {
    if (t == tool::plain || t == tool::explore) return v != verdict::ok;
    return v == verdict::data_race || v == verdict::lock_order || v == verdict::use_after_free ||
           v == verdict::deadlock || v == verdict::leak;
}

std::vector<counterexample> read_all(const fs::path& root) {
    std::vector<counterexample> all;
    if (!fs::is_directory(root / "patterns")) {
        throw user_error((root / "patterns").string() + " is not there; give the tree as --root");
    }
    for (const auto& pattern : fs::directory_iterator(root / "patterns")) {
        if (!fs::is_directory(pattern.path() / "broken")) continue;
        for (const auto& file : fs::directory_iterator(pattern.path() / "broken")) {
            if (file.path().extension() == ".cpp") all.push_back(read_counterexample(file.path()));
        }
    }
    if (all.empty()) {
        throw user_error((root / "patterns").string() +
                         " holds no */broken/*.cpp; give the tree as --root");
    }
    const auto key = [](auto& c) { return std::pair(c.pattern, c.number); };
    std::sort(all.begin(), all.end(), [&](auto& a, auto& b) { return key(a) < key(b); });
    const auto twice = std::adjacent_find(all.begin(), all.end(),
                                          [&](auto& a, auto& b) { return key(a) == key(b); });
    if (twice != all.end()) {
        throw user_error(twice->source.string() + " and " + std::next(twice)->file() +
                         " are both " + twice->id() + "; renumber one of them");
    }
    return all;
}

fs::path executable_for(const matrix_paths& where, const counterexample& program, tool t) {
    const fs::path tail = fs::path(program.pattern) / program.stem();
    if (t == tool::asan) return where.asan / "broken" / tail;
    if (t == tool::tsan) return where.tsan / "broken" / tail;
    if (t == tool::explore) return where.explore / "broken" / tail;
    return where.release / (t == tool::leak ? "leak" : "broken") / tail;
}

void demand_executables(const matrix_paths& where, const std::vector<counterexample>& all) {
    std::size_t missing = 0;
    fs::path first;
    for (const counterexample& program : all) {
        for (tool t : columns) {
            const fs::path executable = executable_for(where, program, t);
            if (access(executable.c_str(), X_OK) == 0) continue;
            if (missing++ == 0) first = executable;
        }
    }
    if (missing != 0) {
        throw user_error(first.string() +
                         (missing == 1 ? std::string(" is")
                                       : " and " + std::to_string(missing - 1) + " more are") +
                         " not built; `make matrix` builds them");
    }
}

std::string cell(const counterexample& program, tool t) {
    const verdict stated = program.expect.at(t).what;
    const std::string text(to_string(stated));
    return is_caught(t, stated) ? "**" + text + "**" : text;
}

std::string link_to(const counterexample& program, const fs::path& output) {
    const auto path =
        fs::absolute(program.source)
            .lexically_normal()
            .lexically_relative(fs::absolute(output).lexically_normal().parent_path());
    return "[" + program.title + "](" + path.generic_string() + ")";
}

void write_table(std::ostream& out, const std::vector<counterexample>& all, const fs::path& to) {
    std::string pattern;
    for (const counterexample& program : all) {
        if (program.pattern != pattern) {
            pattern = program.pattern;
            out << "\n## " << pattern << "\n\n"
                << "| bug | what is wrong | plain | asan | tsan | leak | explore |\n"
                << "|---|---|---|---|---|---|---|\n";
        }
        out << "| " << program.id();
        if (!program.bug_ids.empty()) out << " (" << program.bug_ids << ")";
        out << " | " << link_to(program, to);
        for (tool t : columns) out << " | " << cell(program, t);
        out << " |\n";
    }
}

std::vector<tool> who_catches(const counterexample& program) {
    std::vector<tool> tools;
    for (const auto& [t, stated] : program.expect) {
        if (t != tool::plain && is_caught(t, stated.what)) tools.push_back(t);
    }
    return tools;
}

template <class Predicate>
void list_programs(std::ostream& out, const std::string& heading,
                   const std::vector<counterexample>& all, Predicate belongs) {
    std::string ids;
    for (const counterexample& program : all) {
        if (belongs(program)) ids += (ids.empty() ? "" : ", ") + program.id();
    }
    out << "- " << heading << ": " << (ids.empty() ? "none" : ids) << ".\n";
}

void write_summary(std::ostream& out, const std::vector<counterexample>& all) {
    out << "\n## Who sees how much\n\n";
    for (tool t : columns) {
        const auto caught = std::count_if(all.begin(), all.end(), [&](auto& program) {
            return is_caught(t, program.expect.at(t).what);
        });
        out << "- " << to_string(t) << (t == tool::plain ? ": fails by itself in " : ": sees ")
            << caught << " of " << all.size() << ".\n";
    }
    for (tool t : {tool::asan, tool::tsan, tool::leak, tool::explore}) {
        list_programs(out, "Only " + std::string(to_string(t)) + " sees", all,
                      [&](auto& program) { return who_catches(program) == std::vector{t}; });
    }
    list_programs(out, "No tool sees", all,
                  [](auto& program) { return who_catches(program).empty(); });
}

std::string markdown(const std::vector<counterexample>& all, const fs::path& output) {
    std::ostringstream out;
    out << "# Which tool sees which bug\n\n"
           "Written by `make matrix`, which runs every broken program under every tool and holds "
           "it to what its\nheader states. Bold: the tool reports the bug (plain: the program "
           "fails by itself). A sanitizer that\nlets a program hang or compute nonsense without a "
           "word has not seen the bug. explore is the schedule\nexplorer, which finds the "
           "interleaving by itself: under it nothing in the program orders the tasks.\n";
    write_table(out, all, output);
    write_summary(out, all);
    return out.str();
}

void write_file(const fs::path& file, const std::string& text) {
    if (file.has_parent_path()) fs::create_directories(file.parent_path());
    std::ofstream out(file);
    if (!(out << text).flush()) {
        throw user_error(file.string() + " cannot be written; give another --output");
    }
}

}  // namespace

int matrix(std::ostream& out, const matrix_paths& where, const child_limits& limits) {
    const std::vector<counterexample> all = read_all(where.root);
    demand_executables(where, all);
    int failures = 0;
    std::string retries;
    for (const counterexample& program : all) {
        out << std::left << std::setw(18) << program.id() << std::flush;
        std::ostringstream details;
        for (tool t : columns) {
            const trial done = hold_to_claim(program, t, executable_for(where, program, t), limits);
            const std::string shown =
                done.as_stated ? std::string(to_string(done.stated.what)) : "NOT AS STATED";
            out << " " << to_string(t) << "=" << std::setw(14) << shown << std::flush;
            if (!done.as_stated) {
                ++failures;
                print_failure(details, program, t, done);
            } else if (done.stated.what != verdict::ok && done.tries > 1) {
                retries += "  " + program.id() + " under " + std::string(to_string(t)) + ": " +
                           std::to_string(done.tries) + " tries\n";
            }
        }
        out << "\n" << details.str();
    }
    write_summary(out, all);
    out << "\nRetries needed: " << (retries.empty() ? "none\n" : "\n" + retries);
    if (failures != 0) {
        out << failures << " not as stated; " << where.output.string() << " was left alone.\n";
        return 1;
    }
    write_file(where.output, markdown(all, where.output));
    out << "Written: " << where.output.string() << "\n";
    return 0;
}

}  // namespace braid::harness
