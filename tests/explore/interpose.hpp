#pragma once

#include <cstdint>

#include "tests/explore/engine.hpp"
#include "tests/explore/real.hpp"

extern "C" char __executable_start;
extern "C" char _end;

// What the files that replace library functions share.
namespace explore {

// Whether code or a global is the program's own. What libraries keep stays as it is between
// executions, so they must be left what they have made.
inline bool is_programs(const void* address) {
    return address >= &__executable_start && address < &_end;
}

// The running thread becomes the owner of a lock that is free, and gives it up. free_mutex says how
// often it was locked, for own_mutex.
bool own_mutex(engine& e, const void* mutex, int depth);
int free_mutex(engine& e, const void* mutex);

// Virtual time. Both clocks begin somewhere past zero, the same in each execution.
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t realtime_begins = 1'700'000'000 * second;
constexpr std::int64_t monotonic_begins = 1'000 * second;

inline std::int64_t begin_of(clockid_t clock) {
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? realtime_begins
                                                                     : monotonic_begins;
}

// Far deadlines stay below no_deadline, so that they are still reached.
inline std::int64_t nanoseconds(const timespec& t) {
    constexpr std::int64_t far = no_deadline / 2 / second;
    if (t.tv_sec > far) return no_deadline / 2;
    return t.tv_sec * second + t.tv_nsec;
}

inline std::int64_t virtual_deadline(clockid_t clock, const timespec* until) {
    return nanoseconds(*until) - begin_of(clock);
}

}  // namespace explore
