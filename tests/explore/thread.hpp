#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tests/explore/fiber.hpp"
#include "tests/explore/vector_clock.hpp"

namespace explore {

// What a thread waits for. It may run once that is so; nobody wakes it.
enum class wait : std::uint8_t {
    nothing,    // its turn
    mutex,      // what: free, or its own and recursive
    write,      // what: a read-write lock that is free
    read,       // what: a read-write lock without a writer
    semaphore,  // what: a count that is not 0, or past the deadline
    condition,  // woken or past the deadline, and then the mutex `with`
    futex,      // woken or past the deadline
    end,        // thread number `number` has ended
    once,       // what: an int that is not 1, what pthread_once is at work on
    guard,      // what: the second byte is 0, that of a static under construction
    time,       // the deadline
    change,     // that another thread changes something: it spins
    others,     // that all other threads have ended
};

constexpr std::int64_t no_deadline = INT64_MAX;

// What a thread has read since it last got on. Who reads the same at the same place again and again
// waits for a change.
struct observation {
    std::uintptr_t path;
    const void* address;
    std::uint64_t value;
    int times;
};

// How much of a stack is kept for the report.
constexpr std::size_t stack_frames = 24;

// The calls that a thread is in, as far as the compiler tells of them. Of the deeper ones only the
// last are known.
struct call_stack {
    call_stack() {}  // not defaulted: that could fill the arrays with zeros

    // `frame` lies below all that is the function's own.
    void enter(std::uintptr_t from, std::uintptr_t frame) {
        calls[static_cast<std::size_t>(depth) % calls.size()] = from;
        if (depth < static_cast<int>(frames.size()))
            frames[static_cast<std::size_t>(depth)] = frame;
        ++depth;
        in_use = frame;
    }
    void leave() {
        if (depth == 0) return;
        --depth;
        if (depth > 0 && depth <= static_cast<int>(frames.size()))
            in_use = frames[static_cast<std::size_t>(depth - 1)];
    }

    std::array<std::uintptr_t, 64> calls;     // return addresses
    std::array<std::uintptr_t, 1024> frames;  // of the outermost
    int depth = 0;
    std::uintptr_t in_use = 0;  // below this address no function has its variables any more
};

struct thread_exit {
    void (*function)(void*);
    void* argument;
};

struct thread {
    thread() {}  // not defaulted: that could fill the arrays with zeros

    // Its number in clocks and schedules. A thread that has ended leaves it, with its stack and
    // TCB, to one that comes after all that it did: for happens-before the two are one.
    int id = 0;
    int serial = 0;  // its number among all threads of the execution, for people
    context where;
    std::uintptr_t stack_top = 0;
    std::uintptr_t stack_bottom = 0;
    bool has_on_stack(std::uintptr_t address) const {
        return address < stack_top && address >= stack_bottom;
    }
    // Its functions have returned, all of them.
    void leave_stack() { stack.in_use = stack_top; }

    void* (*start)(void*) = nullptr;
    void* argument = nullptr;
    void* result = nullptr;
    bool finished = false;
    bool detached = false;
    bool joined = false;
    std::vector<thread_exit> at_exit;  // destructors of its thread_local objects

    // Happens-before. A fence makes earlier relaxed loads acquire, later relaxed stores release.
    vector_clock clock;
    vector_clock loaded;        // what an acquire fence would add to the clock
    vector_clock fenced;        // the clock at the last release fence
    vector_clock fenced_order;  // what its last seq_cst fence comes after; for values only
    std::uint32_t epoch() const { return clock[id]; }

    wait why = wait::nothing;
    const void* what = nullptr;
    const void* with = nullptr;
    int number = 0;
    std::int64_t deadline = no_deadline;
    bool woken = false;
    std::uint32_t points = 0;  // schedule points it has come to
    int passed_over = 0;       // so often it could have run since it last did

    // Spinning.
    std::uint64_t changes_seen = 0;
    const void* failed_try = nullptr;  // the lock that its last try did not get
    int accesses = 0;                  // plain ones since it last yielded for them
    bool yields = false;               // it is at sched_yield: to switch costs nothing
    bool read_clock = false;
    int released = 0;       // how often it went on though nothing had changed
    int burst = 0;          // so many more equal reads may pass before it waits again
    bool persists = false;  // it had its burst, and nothing has changed since
    std::array<observation, 8> observed;
    int observations = 0;  // so many of them have values

    // Where it is: the return address of the hook, and the calls around it.
    std::uintptr_t pc = 0;
    call_stack stack;

    std::array<std::uintptr_t, stack_frames> waits_at{};  // in a traced execution: its last wait
    int unseen = 0;  // more than 0: its plain accesses are not to be looked at
};

}  // namespace explore
