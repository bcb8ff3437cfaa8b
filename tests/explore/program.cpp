// Runs a whole program under the explorer: what is linked with this file begins here, and its own
// main is what is run again and again.
//
//     program [--own TEXT] [--daemons] [--outcomes N]
//                         search: by chance, then depth-first with at most two preemptions
//     program [--own TEXT] [--daemons] --replay
//                         the execution that the last search has found
//
// Status 66: one of the executions went wrong, and the report says how; 0: none did; 2: a wrong
// command line. An exit status of the program's that is not 0 counts as going wrong. The decisions
// are kept in a file beside the program. --outcomes counts how up to N executions by chance end;
// with --daemons threads may outlive main.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "tests/explore/engine.hpp"
#include "tests/explore/real.hpp"

namespace {

using main_function = int (*)(int, char**, char**);

constinit main_function program_main = nullptr;
constinit char* program_arguments[] = {nullptr, nullptr};

constexpr int found = 66;
constexpr double by_chance_seconds = 3;
constexpr double depth_first_seconds = 5;

// What the executions print goes into memory, and each begins with none.
class captured_output {
public:
    captured_output() : out_(dup(1)), error_(dup(2)), text_(memfd_create("output", 0)) {
        explore::complain_to(error_);
        std::fflush(nullptr);
        fcntl(text_, F_SETFL, O_APPEND);
        dup2(text_, 1);
        dup2(text_, 2);
    }
    captured_output(const captured_output&) = delete;
    captured_output& operator=(const captured_output&) = delete;
    ~captured_output() {
        std::fflush(nullptr);
        dup2(out_, 1);
        dup2(error_, 2);
        explore::complain_to(2);
        for (const int descriptor : {out_, error_, text_}) close(descriptor);
    }

    void clear() const {
        std::fflush(nullptr);  // what an abandoned execution has left in a buffer
        if (ftruncate(text_, 0) != 0) explore::give_up("the output cannot be thrown away");
    }

    std::string last_line() const {
        std::fflush(nullptr);
        std::string text(4096, '\0');
        const off_t size = lseek(text_, 0, SEEK_END);
        const off_t from = size > 4096 ? size - 4096 : 0;
        const ssize_t length = pread(text_, text.data(), text.size(), from);
        text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
        while (text.ends_with('\n')) text.pop_back();
        return text.substr(text.rfind('\n') + 1);
    }

private:
    const int out_;
    const int error_;
    const int text_;
};

constinit const captured_output* output = nullptr;  // of the search that is under way

// What its exit status says of an execution.
void judge(int status) {
    if (status == 0) return;
    const std::string said = output->last_line();
    explore::the_engine().stop("wrong-result", "exit status " + std::to_string(status) +
                                                   (said.empty() ? "" : ": " + said));
}

void run_program() {
    output->clear();
    const int status = program_main(1, program_arguments, environ);
    const explore::entered here;
    judge(status);
}

struct searched {
    explore::result result;
    std::string said;  // the last line that the reported execution has printed
};

searched search(const explore::options& how) {
    const captured_output captured;
    output = &captured;
    searched one{explore::check(how, run_program), ""};
    one.said = captured.last_line();
    return one;
}

void print_outcomes(explore::options how, std::uint64_t most) {
    how.by = explore::search::random;
    constexpr std::uint64_t at_once = 50;
    constexpr double longest = 3;  // seconds
    std::map<std::string, std::uint64_t> all;
    std::uint64_t executions = 0;
    {
        const captured_output captured;
        output = &captured;
        timespec begin;
        timespec now;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        do {
            how.seed = 1 + executions;
            how.executions = at_once;
            for (const auto& [outcome, times] : explore::count_outcomes(how, run_program))
                all[outcome] += times;
            executions += at_once;
            clock_gettime(CLOCK_MONOTONIC, &now);
        } while (executions < most && static_cast<double>(now.tv_sec - begin.tv_sec) < longest);
    }
    std::printf("\nhow %lu executions by chance end:\n", static_cast<unsigned long>(executions));
    for (const auto& [outcome, times] : all)
        std::printf("%8lu  %s\n", static_cast<unsigned long>(times), outcome.c_str());
}

struct command_line {
    explore::options how;
    std::uint64_t outcomes = 0;
    bool right = true;
};

command_line read(int argc, char** argv, const std::string& decisions) {
    command_line line;
    for (int i = 1; i < argc && line.right; ++i) {
        const std::string word = argv[i];
        if (word == "--own" && i + 1 < argc) {
            line.how.own = argv[++i];
        } else if (word == "--daemons") {
            line.how.daemons = true;
        } else if (word == "--outcomes" && i + 1 < argc) {
            line.outcomes = std::strtoul(argv[++i], nullptr, 10);
            line.right = line.outcomes != 0;
        } else if (word == "--replay") {
            line.how.by = explore::search::replay;
            if (std::ifstream in(decisions); std::getline(in, line.how.decisions)) continue;
            std::fprintf(stderr, "%s: run it without --replay first\n", decisions.c_str());
            line.right = false;
            return line;
        } else {
            line.right = false;
        }
    }
    if (!line.right)
        std::fprintf(stderr, "usage: %s [--own TEXT] [--daemons] [--outcomes N | --replay]\n",
                     argv[0]);
    return line;
}

int run(int argc, char** argv, char**) {
    explore::exit_of_program = judge;
    program_arguments[0] = argv[0];
    const std::string decisions = std::string(argv[0]) + ".replay";
    command_line line = read(argc, argv, decisions);
    if (!line.right) return 2;

    explore::options& how = line.how;
    how.seconds = by_chance_seconds;
    searched done = search(how);
    const auto by_chance = done.result.executions;
    if (done.result.ok() && how.by == explore::search::random) {
        how.by = explore::search::depth_first;
        how.executions = 100'000;
        how.seconds = depth_first_seconds;
        done = search(how);
    }
    const explore::result& r = done.result;
    if (!r.ok()) std::fputs("explore: ", stdout);
    std::printf("%s", r.report.substr(0, r.report.find("replay: {")).c_str());
    if (!r.ok() && !done.said.empty()) std::printf("its last words: %s\n", done.said.c_str());
    if (how.by == explore::search::replay) return r.ok() ? 0 : found;

    if (r.found && r.found->kind == "leaked-thread")
        std::printf("if that thread is meant to outlive main: --daemons allows it\n");
    if (line.outcomes != 0) print_outcomes(how, line.outcomes);
    if (r.ok()) return 0;
    if (how.by == explore::search::random)
        std::printf("\nfound in execution %lu of the search by chance\n",
                    static_cast<unsigned long>(r.executions));
    else
        std::printf("\nnot found in %lu executions by chance, but in schedule %lu of the search\n",
                    static_cast<unsigned long>(by_chance),
                    static_cast<unsigned long>(r.executions));
    std::ofstream(decisions) << r.decisions << '\n';
    std::printf("to see it again: %s%s%s%s --replay\n", argv[0], how.own.empty() ? "" : " --own ",
                how.own.c_str(), how.daemons ? " --daemons" : "");
    return found;
}

// Addresses differ from process to process, and what a program does may depend on them. If the
// kernel allows it, the program begins again with those that are always the same.
void fix_addresses(char** argv) {
    const int now = personality(0xFFFFFFFF);
    if (now == -1 || (now & ADDR_NO_RANDOMIZE) != 0) return;
    if (personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) == -1) return;
    execv("/proc/self/exe", argv);
}

}  // namespace

// Where every program begins: the C library's start-up code calls it with the program's main. Its
// static initialisers run in between.
extern "C" int __libc_start_main(main_function its_main, int argc, char** argv, void (*init)(),
                                 void (*fini)(), void (*end_of_linker)(), void* end_of_stack) {
    fix_addresses(argv);
    program_main = its_main;
    const auto real =
        reinterpret_cast<decltype(&__libc_start_main)>(explore::find_real("__libc_start_main"));
    // A broken program that forces its schedule by steps leaves it to the explorer.
    setenv("NATURAL", "1", 1);
    return real(run, argc, argv, init, fini, end_of_linker, end_of_stack);
}
