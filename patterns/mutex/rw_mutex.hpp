#pragma once

#include <atomic>
#include <cstdint>

#include "patterns/mutex/mutex.hpp"

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
//
// Go's algorithm. `readers_` counts the readers, and is made negative by a writer: then those who
// come know that they have to wait, and those who leave that somebody waits for them. So a reader
// whom no writer disturbs makes one atomic addition, and so many at the same time do.
class rw_mutex {
public:
    constexpr rw_mutex(place made = place::here()) noexcept
        : writers_(made, "rw_mutex"), subject_("rw_mutex", made) {}
    rw_mutex(const rw_mutex&) = delete;
    rw_mutex& operator=(const rw_mutex&) = delete;

    // Blocks until nobody is inside.
    void lock(place where = place::here()) {
        writers_.lock(where);
        const std::int32_t inside = readers_.fetch_sub(most, std::memory_order_acquire);  // I6
        if (inside != 0 && leaving_.fetch_add(inside, std::memory_order_acq_rel) != -inside)
            wait_for_readers(where);
        subject_.seen(registry::role::holds);
    }
    // Does not block; false if anybody is inside or waits (RW-5).
    bool try_lock() noexcept {
        if (!writers_.try_lock()) return false;
        std::int32_t nobody = 0;
        const bool free = readers_.compare_exchange_strong(nobody, -most, std::memory_order_acquire,
                                                           std::memory_order_relaxed);
        free ? subject_.seen(registry::role::holds) : writers_.unlock();
        return free;
    }
    void unlock() noexcept {
        subject_.forget(registry::role::holds);
        const std::int32_t before = readers_.fetch_add(most, std::memory_order_release);
        if (before != -most) let_in(before + most);  // I7
        writers_.unlock();
    }

    // Blocks while a writer is inside or waits.
    void lock_shared(place where = place::here()) {
        if (readers_.fetch_add(1, std::memory_order_acquire) < 0) wait_for_writer(where);
        subject_.seen(registry::role::holds);
    }
    // Does not block; false if lock_shared would (RW-5).
    bool try_lock_shared() noexcept {
        std::int32_t seen = readers_.load(std::memory_order_relaxed);
        do
            if (seen < 0) return false;
        while (!readers_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                               std::memory_order_relaxed));
        subject_.seen(registry::role::holds);
        return true;
    }
    void unlock_shared() noexcept {
        subject_.forget(registry::role::holds);
        const std::int32_t before = readers_.fetch_sub(1, std::memory_order_release);
        if (before <= 0) leave_to_writer(before);
    }

private:
    void wait_for_readers(place where);
    void let_in(std::int32_t waiting) noexcept;
    void wait_for_writer(place where);
    void leave_to_writer(std::int32_t before) noexcept;

    static constexpr std::int32_t most = 1 << 30;  // readers at a time
    mutex writers_;                         // held by the writer who is inside, or is to be next
    std::atomic<std::int32_t> readers_{0};  // inside, or waiting; less `most` if there is a writer
    std::atomic<std::int32_t> leaving_{0};  // for how many the writer waits
    runtime::lock guard_;                   // over what follows
    runtime::wait_queue waiting_readers_;
    runtime::wait_queue waiting_writer_;
    std::int32_t admitted_ = 0;  // how many readers may go in who have not begun to wait yet
    bool all_left_ = false;      // the same for the writer
    [[no_unique_address]] registry::subject subject_;
};

}  // namespace braid
