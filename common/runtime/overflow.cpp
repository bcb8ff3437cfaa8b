#include "common/runtime/overflow.hpp"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "common/runtime/worker.hpp"

namespace braid::runtime {

namespace {

struct sigaction before;  // what did with a SIGSEGV that is none of ours

// Only what is allowed in a signal handler.
void say(std::string_view text) {
    static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
}
void say(std::size_t n) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
    say({digits, static_cast<std::size_t>(end - digits)});
}

void on_fault(int, siginfo_t* info, void*) {
    const worker* const w = worker::current();
    const fiber* const f = w != nullptr ? w->running() : nullptr;
    if (f != nullptr && f->work != nullptr && f->memory.guards(info->si_addr)) {
        say("braid: task ");
        if (!f->work->name.empty()) {
            say("\"");
            say(f->work->name);
            say("\" ");
        }
        say("started at ");
        say(f->work->started.file);
        say(":");
        say(f->work->started.line);
        say(" has overflowed its stack of ");
        say(f->memory.size / 1024);
        say(" KiB; start it with a larger task_options::stack_size\n");
    }
    // Once more, and this time as if we were not there.
    sigaction(SIGSEGV, &before, nullptr);
}

}  // namespace

void watch_for_overflow() {
    const stack own = take_stack(32 * 1024);  // for as long as the worker lives: it never ends
    const stack_t alternative{own.low, 0, own.size};
    sigaltstack(&alternative, nullptr);
    static const bool installed = [] {
        struct sigaction now {};
        now.sa_sigaction = on_fault;
        now.sa_flags = SA_SIGINFO | SA_ONSTACK;
        return sigaction(SIGSEGV, &now, &before) == 0;
    }();
    static_cast<void>(installed);
}

}  // namespace braid::runtime
