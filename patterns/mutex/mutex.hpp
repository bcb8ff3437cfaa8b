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
    constexpr mutex(place made = place::here()) noexcept : subject_("mutex", made) {}
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
    void unlock_slow() noexcept;

    static constexpr std::uint32_t locked = 1, awaited = 2;
    std::atomic<std::uint32_t> state_{0};
    runtime::lock guard_;  // over the queue and the mode; `awaited` is set and cleared under it
    runtime::wait_queue waiters_;
    bool starving_ = false;
    [[no_unique_address]] registry::subject subject_;
};
// snippet end

// Many readers or one writer. lock and unlock are the writer's, lock_shared and unlock_shared the
// readers': it works with std::shared_lock.
//
// Invariants:
//   I5  A writer excludes all others; readers exclude writers only (RW-1).
//   I6  A writer that waits holds off new readers, so readers cannot starve it (RW-2); it waits
//       only for those that were inside when it came (RW-3). Hence a task that takes the read lock
//       twice can deadlock, and there is no upgrade.
//   I7  The readers that wait at an unlock go before the next writer (RW-4).
//
// Unlocking what is not locked ends the process (RW-6).
// Memory ordering: an unlock happens before every later lock and lock_shared; an unlock_shared
// before the next lock, but not before another lock_shared (MM-7).
class rw_mutex {
public:
    constexpr rw_mutex(place made = place::here()) noexcept : subject_("rw_mutex", made) {}
    rw_mutex(const rw_mutex&) = delete;
    rw_mutex& operator=(const rw_mutex&) = delete;

    // Blocks until nobody is inside.
    void lock(place where = place::here()) {
        if (!try_lock()) lock_slow(where);
    }
    // Does not block; false if anybody is inside or waits (RW-5).
    bool try_lock() noexcept {
        std::uint32_t nobody = 0;
        if (!state_.compare_exchange_strong(nobody, writer, std::memory_order_acquire,
                                            std::memory_order_relaxed))
            return false;
        subject_.seen(registry::role::holds);
        return true;
    }
    void unlock() noexcept {
        subject_.forget(registry::role::holds);
        std::uint32_t alone = writer;
        if (!state_.compare_exchange_strong(alone, 0, std::memory_order_release,
                                            std::memory_order_relaxed))
            unlock_slow();
    }

    // Blocks while a writer is inside or waits.
    void lock_shared(place where = place::here()) {
        if (!try_lock_shared()) lock_shared_slow(where);
    }
    // Does not block; false if lock_shared would (RW-5).
    bool try_lock_shared() noexcept {
        std::uint32_t seen = state_.load(std::memory_order_relaxed);
        do
            if ((seen & (writer | awaited)) != 0) return false;
        while (!state_.compare_exchange_weak(seen, seen + reader, std::memory_order_acquire,
                                             std::memory_order_relaxed));
        subject_.seen(registry::role::holds);
        return true;
    }
    void unlock_shared() noexcept {
        subject_.forget(registry::role::holds);
        // acquire: if we are the last, we pass on what all of them did.
        const std::uint32_t before = state_.fetch_sub(reader, std::memory_order_acq_rel);
        if (before < reader || before - reader == awaited) unlock_shared_slow(before);
    }

private:
    void lock_slow(place where);
    void unlock_slow() noexcept;
    void lock_shared_slow(place where);
    void unlock_shared_slow(std::uint32_t before) noexcept;

    // Who is inside: a writer, or a number of readers. `awaited`: somebody waits, so that whoever
    // comes queues up, and whoever leaves looks after the queues.
    static constexpr std::uint32_t writer = 1, awaited = 2, reader = 4;
    std::atomic<std::uint32_t> state_{0};
    runtime::lock guard_;  // over the queues; `awaited` is set and cleared under it
    runtime::wait_queue waiting_readers_;
    runtime::wait_queue waiting_writers_;
    [[no_unique_address]] registry::subject subject_;
};

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
