#pragma once

#include "common/runtime/sanitizers.hpp"
#include "common/runtime/stack.hpp"

// The switch from one stack to another.
namespace braid::runtime {

// A flow of control with a stack of its own, while it is not running: where it goes on.
struct context {
    void* at = nullptr;
    void (*entry)() = nullptr;
#if BRAID_ASAN
    const void* low = nullptr;  // of its stack
    std::size_t size = 0;
    void* fake_stack = nullptr;  // what AddressSanitizer keeps for it
#endif
#if BRAID_TSAN
    void* shadow = nullptr;  // what ThreadSanitizer takes for a thread
#endif
};

// The context of the calling thread, on the stack that the system gave it.
context context_of_thread();

// One that begins with `entry`, which never returns, on the stack `s`.
context make_context(stack s, void (*entry)());
void destroy(context& c) noexcept;  // one that has been left for the last time

// Leaves the running flow of control, of which `from` is the context, and goes on with `to`. It
// returns when somebody switches to `from`; never, if `last`. Saves the registers that a call
// preserves.
void switch_context(context& from, context& to, bool last = false) noexcept;

// What the C++ runtime keeps for each thread, but belongs to a flow of control: the exceptions that
// are being caught, and how many are in flight. Who switches saves it.
struct exceptions {
    void* caught = nullptr;
    unsigned uncaught = 0;
};
exceptions& exceptions_of_thread() noexcept;

}  // namespace braid::runtime
