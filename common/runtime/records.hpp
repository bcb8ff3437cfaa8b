#pragma once

#include <string>

#include "common/runtime/lock.hpp"
#include "common/runtime/registry.hpp"
#include "common/runtime/time.hpp"
#include "common/runtime/unseen.hpp"

// The registry's data, for those who write it (registry.cpp) and those who report from it.
#if BRAID_LIFECYCLE
namespace braid::registry {

struct record {
    std::uint64_t id = 0;
    std::uint64_t parent = 0;
    bool is_task = false;  // false: a thread that has used Braid but was not started by it
    bool is_fiber = false;
    bool service = false;  // the clock: neither listed nor counted
    std::string name;
    place started;
    place detached;  // where it was, if it was
    runtime::time_point born;

    bool suspended = false;  // cannot run until somebody resumes it
    bool resumed_early = false;
    bool timed = false;  // suspended, but not past a deadline
    wait what;           // while suspended
    runtime::time_point since;

    record* next = nullptr;
    record* previous = nullptr;
};

struct book {
    runtime::lock mutex;
    record* records = nullptr;
    resource* resources = nullptr;
    int running = 0;  // records that are not suspended
    int timed = 0;    // records that are suspended, but not past a deadline
    int timers = 0;   // timers that can still wake somebody

    // Everybody waits and nothing will wake anybody. Threads that never used Braid do not count
    // here: see reports::look_for_deadlock.
    bool all_asleep() const noexcept {
        return records != nullptr && running == 0 && timed == 0 && timers == 0;
    }

    void list(resource& r) noexcept;
    void unlist(resource& r) noexcept;
};

extern constinit book the_book;

// Reads or writes the book: locked, and unseen by ThreadSanitizer.
struct open_book {
    runtime::unseen ignore;
    runtime::locked hold{the_book.mutex};
};

}  // namespace braid::registry
#endif
