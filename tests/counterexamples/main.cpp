#include <unistd.h>

#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "commands.hpp"

namespace {

using namespace braid::harness;

constexpr const char* usage =
    "harness: holds broken programs to what their headers state\n"
    "\n"
    "  harness check  --tool T --program EXE --source CPP [--results DIR]\n"
    "  harness show   --tool T --program EXE --source CPP\n"
    "  harness matrix --root DIR --release DIR --asan DIR --tsan DIR --explore DIR\n"
    "                 --output FILE.md\n"
    "\n"
    "T is plain, asan, tsan, leak or explore. Exit status: 0 as stated, 1 not as stated, 2 "
    "misuse.\n";

class options {
public:
    options(const std::vector<std::string>& words, const std::vector<std::string>& known) {
        for (std::size_t i = 1; i < words.size(); i += 2) {
            bool is_known = false;
            for (const std::string& name : known) is_known |= words[i] == "--" + name;
            if (!is_known)
                throw user_error("unknown option `" + words[i] + "`; see harness --help");
            if (i + 1 == words.size()) {
                throw user_error("`" + words[i] + "` lacks its value; see harness --help");
            }
            values_[words[i].substr(2)] = words[i + 1];
        }
    }

    std::string get(const std::string& name) const {
        const auto found = values_.find(name);
        if (found == values_.end()) {
            throw user_error("`--" + name + "` is missing; see harness --help");
        }
        return found->second;
    }

    std::string get_or_empty(const std::string& name) const {
        return values_.contains(name) ? values_.at(name) : "";
    }

private:
    std::map<std::string, std::string> values_;
};

tool tool_in(const options& given) {
    const std::string name = given.get("tool");
    const auto known = find_tool(name);
    if (!known) throw user_error("unknown tool `" + name + "`; give one of " + tool_names());
    return *known;
}

one_program program_in(const options& given) {
    return {tool_in(given), given.get("program"), given.get("source"), {}};
}

int run(const std::vector<std::string>& words) {
    const std::string command = words.empty() ? "--help" : words[0];
    if (command == "--help" || command == "help") {
        std::cout << usage;
        return words.empty() ? 2 : 0;
    }
    if (command == "check") {
        const options given(words, {"tool", "program", "source", "results"});
        return check(std::cout, program_in(given), given.get_or_empty("results"));
    }
    if (command == "show") {
        const options given(words, {"tool", "program", "source"});
        return show(std::cout, program_in(given), isatty(STDOUT_FILENO) != 0);
    }
    if (command == "matrix") {
        const options given(words, {"root", "release", "asan", "tsan", "explore", "output"});
        return matrix(std::cout, {given.get("root"), given.get("release"), given.get("asan"),
                                  given.get("tsan"), given.get("explore"), given.get("output")});
    }
    throw user_error("unknown command `" + command + "`; see harness --help");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& problem) {
        std::cerr << "harness: " << problem.what() << "\n";
        return 2;
    }
}
