// How a program ends before its time.
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace {

using namespace explore;

[[noreturn]] void stop(const char* kind, std::string text, const void* from) {
    in_program = false;
    the_engine().enter(from);
    the_engine().stop(kind, std::move(text));
}

[[noreturn]] void no_end(const char* call, const void* from) {
    stop("unsupported", std::string(call) + ": the explorer cannot go on after it", from);
}

}  // namespace

extern "C" {

void abort() noexcept {
    if (in_program) stop("failed-assertion", "abort()", CALLER);
    give_up("abort() outside of an execution");
}

void exit(int status) noexcept {
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
