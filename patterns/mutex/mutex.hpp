#pragma once

#include <atomic>

#include "common/channel.hpp"

namespace braid {

// Mutual exclusion between tasks. Works with std::scoped_lock, std::unique_lock and
// std::lock_guard.
//
// Invariants:
//   I1  At most one task is between lock and unlock.
//   I2  A task that waits gets the lock in the end: if it has waited for more than 1 ms, unlock
//       hands the lock over to it, and newcomers line up behind (MU-5, MU-6).
//   I3  It is not reentrant: a task that locks twice waits for itself (MU-1).
//   I4  Who holds several took them in one order, the same for all. std::scoped_lock(a, b) needs no
//       order, because it never waits for one while it holds another.
//
// Two modes, as in Go. In the normal one a waiter that is woken competes with newcomers, who are
// running already and so mostly win: fast, but unfair. One that loses goes to the front of the
// queue; after 1 ms the mutex is in starvation mode, until a waiter that waited for less, or the
// last one, gets the lock.
//
// Any task may unlock, not only the one that locked (MU-2). Unlocking a mutex that is not locked
// ends the process (MU-3). Do not use std::condition_variable_any with it, which would put a
// whole worker to sleep: cond is there for that.
//
// Memory ordering: an unlock happens before every later lock (MM-6).
// snippet: mutex
class mutex {
public:
    // `kind`: what the reports call it.
    constexpr mutex(place made = place::here(), std::string_view kind = "mutex") noexcept
        : subject_(kind, made) {}
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

    // Blocks until it is free, or handed over.
    void lock(place where = place::here()) {
        if (!try_lock()) lock_slow(where);
    }

    // Does not block; false if it is locked (MU-4).
    bool try_lock() noexcept {
        std::uint32_t seen = 0;  // or `awaited`: free, and a waiter is on its way
        while (!state_.compare_exchange_weak(seen, seen | locked, std::memory_order_acquire,
                                             std::memory_order_relaxed))
            if ((seen & locked) != 0) return false;
        subject_.seen(registry::role::holds);
        return true;
    }

    // Does not block.
    void unlock() noexcept {
        subject_.forget(registry::role::holds);
        std::uint32_t seen = locked;
        if (!state_.compare_exchange_strong(seen, 0, std::memory_order_release,
                                            std::memory_order_relaxed))
            unlock_slow();
    }

private:
    void lock_slow(place where);
    bool take_or_await() noexcept;
    void unlock_slow() noexcept;

    static constexpr std::uint32_t locked = 1, awaited = 2;
    std::atomic<std::uint32_t> state_{0};
    runtime::lock guard_;  // over the queue and the mode; `awaited` is set and cleared under it
    runtime::wait_queue waiters_;
    bool starving_ = false;
    [[no_unique_address]] registry::subject subject_;
};
// snippet end

}  // namespace braid
