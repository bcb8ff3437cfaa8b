// Runs a whole program under the explorer: what is linked with this file begins here, and its own
// main is what is run again and again.
//
//     program [--own TEXT] [--replay]
//
// First by chance, then depth-first with at most two preemptions. Status 66: one of the executions
// went wrong, and the report says how; 0: none did; 2: a wrong command line. An exit status of the
// program's that is not 0 counts as going wrong. What it prints is not shown. The decisions are
// kept in a file beside the program, and --replay takes them.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "tests/explore/explore.hpp"
#include "tests/explore/real.hpp"

namespace {

using main_function = int (*)(int, char**, char**);

constinit main_function program_main = nullptr;
constinit char* program_arguments[] = {nullptr, nullptr};

constexpr int found = 66;

// Standard output and error of the executions go nowhere.
class silence {
public:
    silence() : out_(dup(1)), error_(dup(2)) {
        explore::complain_to(error_);
        std::fflush(nullptr);
        const int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        close(nowhere);
    }
    silence(const silence&) = delete;
    silence& operator=(const silence&) = delete;
    ~silence() {
        std::fflush(nullptr);
        dup2(out_, 1);
        dup2(error_, 2);
        explore::complain_to(2);
        close(out_);
        close(error_);
    }

private:
    const int out_;
    const int error_;
};

explore::result search(const explore::options& how) {
    const silence quiet;
    return explore::check(how, [] {
        const int status = program_main(1, program_arguments, environ);
        if (status != 0) explore::fail("exit status " + std::to_string(status));
    });
}

int run(int argc, char** argv, char**) {
    program_arguments[0] = argv[0];
    explore::options how;
    const std::string decisions = std::string(argv[0]) + ".replay";
    for (int i = 1; i < argc; ++i) {
        if (i + 1 < argc && std::strcmp(argv[i], "--own") == 0) {
            how.own = argv[++i];
        } else if (std::strcmp(argv[i], "--replay") == 0) {
            how.by = explore::search::replay;
            if (!(std::ifstream(decisions) >> how.decisions)) {
                std::fprintf(stderr, "%s: run it without --replay first\n", decisions.c_str());
                return 2;
            }
        } else {
            std::fprintf(stderr, "usage: %s [--own TEXT] [--replay]\n", argv[0]);
            return 2;
        }
    }
    // A broken program that forces its schedule by steps leaves it to the explorer.
    setenv("NATURAL", "1", 1);

    explore::result r = search(how);
    const auto by_chance = r.executions;
    if (r.ok() && how.by == explore::search::random) {
        how.by = explore::search::depth_first;
        how.executions = 100'000;
        r = search(how);
    }
    std::fputs(r.report.substr(0, r.report.find("\nreplay: ")).c_str(), stdout);
    if (r.ok()) return 0;
    std::puts("");
    if (how.by == explore::search::random)
        std::printf("found in execution %lu of the search by chance\n",
                    static_cast<unsigned long>(r.executions));
    else if (how.by == explore::search::depth_first)
        std::printf("not found in %lu executions by chance, but in schedule %lu of the search\n",
                    static_cast<unsigned long>(by_chance),
                    static_cast<unsigned long>(r.executions));
    if (how.by != explore::search::replay) std::ofstream(decisions) << r.decisions << '\n';
    std::printf("to see it again: %s --replay\n", argv[0]);
    return found;
}

}  // namespace

// Where every program begins: the C library's start-up code calls it with the program's main.
extern "C" int __libc_start_main(main_function its_main, int argc, char** argv, void (*init)(),
                                 void (*fini)(), void (*end_of_linker)(), void* end_of_stack) {
    program_main = its_main;
    const auto real =
        reinterpret_cast<decltype(&__libc_start_main)>(dlsym(RTLD_NEXT, "__libc_start_main"));
    return real(run, argc, argv, init, fini, end_of_linker, end_of_stack);
}
