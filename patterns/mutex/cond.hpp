#pragma once

#include <concepts>

#include "patterns/mutex/mutex.hpp"

namespace braid {

// A condition to wait for under a mutex, which every call but signal and broadcast holds.
//
//     m.lock();  while (queue.empty()) c.wait();  ...  m.unlock();
//
// A wait does not end by itself (CD-1), but the condition may be gone again when the lock is held
// again, so wait stands in a loop; wait(holds) is that loop. signal wakes the one that waits
// longest, broadcast all; a later waiter cannot take the signal of an earlier one (CD-2, CD-3).
// Memory ordering: signal or broadcast happens before the return of the wait that it ends (MM-11).
class cond {
public:
    constexpr explicit cond(mutex& m, place made = place::here()) noexcept
        : mutex_(m), subject_("cond", made) {}
    cond(const cond&) = delete;
    cond& operator=(const cond&) = delete;

    // Unlocks, blocks until it is woken, and locks again; the first two as one step.
    void wait(place where = place::here());

    template <std::predicate Holds>
    void wait(Holds holds, place where = place::here()) {
        while (!holds()) wait(where);
    }

    void signal() noexcept;  // both do nothing if nobody waits
    void broadcast() noexcept;

private:
    mutex& mutex_;
    runtime::lock guard_;
    runtime::wait_queue waiters_;
    [[no_unique_address]] registry::subject subject_;
};

}  // namespace braid
