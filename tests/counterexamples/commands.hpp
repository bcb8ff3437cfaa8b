#pragma once

#include <filesystem>
#include <ostream>
#include <string>

#include "child.hpp"
#include "counterexample.hpp"

// The three commands of the harness. Each returns the exit status: 0 when everything was as stated,
// 1 when it was not; what the user has to put right is thrown as user_error.

namespace braid::harness {

struct one_program {
    tool with = tool::plain;
    std::filesystem::path program;
    std::filesystem::path source;
    child_limits limits;
};

// Prints one line when the program does as stated; else what was stated and seen, the exit status
// and the end of the output. With a `results` directory, also writes
// <results>/<pattern>.<stem>.<tool> with the lines "stated ...", "seen ..." and "tries n".
int check(std::ostream&, const one_program&, const std::filesystem::path& results);

// For learners: what the program breaks, the trimmed report, the marked line in its surroundings,
// and how to read the report.
int show(std::ostream&, const one_program&, bool colours);

struct matrix_paths {
    std::filesystem::path root;     // holds patterns/*/broken/*.cpp
    std::filesystem::path release;  // <release>/broken/<p>/<stem> and <release>/leak/<p>/<stem>
    std::filesystem::path asan;     // <asan>/broken/<p>/<stem>
    std::filesystem::path tsan;     // <tsan>/broken/<p>/<stem>
    std::filesystem::path explore;  // <explore>/broken/<p>/<stem>
    std::filesystem::path output;   // the Markdown file; written only if all is as stated
};

int matrix(std::ostream&, const matrix_paths&, const child_limits& = {});

// What went against a claim, over several lines.
void print_failure(std::ostream&, const counterexample&, tool, const struct trial&);

}  // namespace braid::harness
