#pragma once

#include <atomic>

#include "common/channel.hpp"

namespace braid {

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

}  // namespace braid
