// How a program ends before its time, and calls that may block without the engine's knowledge.
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace {

using namespace explore;

[[noreturn]] void stop(const char* kind, std::string text, const void* from) {
    in_program = false;
    the_engine().enter(from);
    the_engine().stop(kind, std::move(text));
}

long result_of(long result) {
    if (result >= 0) return result;
    errno = static_cast<int>(-result);
    return -1;
}

// Reading a file does not block; anything else may.
bool may_block(int descriptor) { return lseek(descriptor, 0, SEEK_CUR) == -1; }

[[noreturn]] void refuse(const char* call, const void* from) {
    in_program = false;
    the_engine().enter(from);
    the_engine().unsupported(call);
}

}  // namespace

extern "C" {

void abort() noexcept {
    if (in_program) stop("failed-assertion", "abort()", CALLER);
    give_up("abort() outside of an execution");
}

void exit(int status) noexcept {
    if (in_program) stop("unsupported", "exit(): the explorer cannot go on after it", CALLER);
    real().exit(status);
    __builtin_unreachable();
}

void __assert_fail(const char* expression, const char* file, unsigned line,
                   const char* function) noexcept {
    if (in_program) stop("failed-assertion", std::string("assert(") + expression + ")", CALLER);
    dprintf(2, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, expression);
    abort();
}

ssize_t read(int descriptor, void* to, std::size_t size) {
    if (in_program && may_block(descriptor)) refuse("read()", CALLER);
    return result_of(
        raw_syscall(SYS_read, descriptor, reinterpret_cast<long>(to), static_cast<long>(size)));
}
int poll(pollfd* files, nfds_t count, int timeout) {
    if (in_program && timeout != 0) refuse("poll()", CALLER);
    return static_cast<int>(result_of(
        raw_syscall(SYS_poll, reinterpret_cast<long>(files), static_cast<long>(count), timeout)));
}
int flock(int descriptor, int operation) noexcept {
    if (in_program && (operation & (LOCK_NB | LOCK_UN)) == 0) refuse("flock()", CALLER);
    return static_cast<int>(result_of(raw_syscall(SYS_flock, descriptor, operation)));
}

}  // extern "C"
