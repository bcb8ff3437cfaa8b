#pragma once

#include <cstddef>
#include <vector>

namespace explore {

constexpr std::size_t stack_size = 512 * 1024;

// Where a fiber stands while another one runs: its stack, and the TCB that goes with it.
struct context {
    void* stack_pointer = nullptr;
    unsigned long thread_pointer = 0;
};

// The initial values of the program's own thread_local objects, and where they lie below a TCB.
struct tls_image {
    const char* image = nullptr;
    std::size_t initialised = 0;
    std::size_t size = 0;
    std::size_t below = 0;
};

// A real thread that sleeps for ever and lends its stack and its TCB to a fiber. So thread_local,
// errno, the exception state of the C++ runtime and pthread_self() are a fiber's own.
struct donor {
    char* stack_top = nullptr;  // below the donor's own frames
    void* stack_bottom = nullptr;
    unsigned long thread_pointer = 0;
};

tls_image find_tls_image();

// Donors are made when they are first needed and kept for all later executions. That a fiber gets
// the same one each time makes the addresses of its stack the same, too.
class donors {
public:
    // `home` is the context of the thread that called check(): only on its TCB can threads be made.
    donor& at(int index, const context& home);

    // A context which begins with a call of `entry`, on the donor's stack. `entry` never returns.
    // The thread_local objects of the program have their initial values again.
    context make_context(donor& lender, void (*entry)()) const;

private:
    const tls_image thread_locals_ = find_tls_image();
    std::vector<donor> all_;
};

void switch_context(context& from, const context& to);

// The context's own part of switching: thread-local storage alone.
unsigned long thread_pointer();
void set_thread_pointer(unsigned long to);

}  // namespace explore
