// How a program ends before its time.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/explore/engine.hpp"
#include "tests/explore/globals.hpp"
#include "tests/explore/interpose.hpp"

namespace {

using namespace explore;

[[noreturn]] void stop(const char* kind, std::string text, const void* from) {
    in_program = false;
    the_engine().enter(from);
    the_engine().stop(kind, std::move(text));
}

// A signal that the program has caused by what it did, say a null pointer that was followed. The
// execution is left from within the handler, and never goes back.
void crashed(int signal, siginfo_t* about, void*) {
    if (signal == SIGSEGV && globals::let_write(about->si_addr)) return;
    // Where a stack ends is met in a hook perhaps.
    const bool overflow = the_engine().overflows(reinterpret_cast<std::uintptr_t>(about->si_addr));
    if (in_program || overflow) {
        char text[80];
        std::snprintf(text, sizeof text, "%s, at address %p",
                      overflow ? "stack overflow" : strsignal(signal), about->si_addr);
        stop("crash", text, nullptr);
    }
    struct sigaction usual = {};
    usual.sa_handler = SIG_DFL;
    sigaction(signal, &usual, nullptr);  // it happens again, and ends the process
}

[[noreturn]] void no_end(const char* call, const void* from) {
    stop("unsupported", std::string(call) + ": the explorer cannot go on after it", from);
}

}  // namespace

namespace explore {

void (*exit_of_program)(int) = nullptr;

void watch_for_crashes() {
    // A stack of its own: that of the program may be what has no more room. No global, which would
    // be put back each time.
    constexpr std::size_t size = 64 * 1024;
    static char* const stack = new char[size];
    stack_t other = {};
    other.ss_sp = stack;
    other.ss_size = size;
    sigaltstack(&other, nullptr);
    struct sigaction action = {};
    action.sa_sigaction = crashed;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(signal, &action, nullptr);
}

}  // namespace explore

extern "C" {

void abort() noexcept {
    if (in_program) stop("failed-assertion", "abort()", CALLER);
    give_up("abort() outside of an execution");
}

void exit(int status) noexcept {
    if (in_program && exit_of_program != nullptr) {
        in_program = false;
        the_engine().enter(CALLER);
        exit_of_program(status);
        the_engine().leave();
    }
    if (in_program) no_end("exit()", CALLER);
    real().exit(status);
    __builtin_unreachable();
}
void _exit(int status) {
    if (in_program) no_end("_exit()", CALLER);
    for (;;) raw_syscall(SYS_exit_group, status);
}
void _Exit(int status) noexcept {
    if (in_program) no_end("_Exit()", CALLER);
    _exit(status);
}

void __assert_fail(const char* expression, const char* file, unsigned line,
                   const char* function) noexcept {
    if (in_program) stop("failed-assertion", std::string("assert(") + expression + ")", CALLER);
    dprintf(2, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, expression);
    abort();
}

}  // extern "C"
