#pragma once

#include "common/runtime/futex.hpp"

namespace braid::runtime {

// The lock inside every primitive. Held for a few dozen instructions, never across a park, and no
// code of the user's runs under it (but for a move of an element, which must not throw).
//
// One word: 0 free, 1 held, 2 held and somebody sleeps. `unlock` hands the word back with its last
// access, so the primitive may be destroyed by whoever takes the lock next: that is what makes
// "the waiter destroys the wait group" legal (the bug WG5 of other implementations).
//
// Not std::mutex: it is 4 bytes, constexpr, and select may hold hundreds of them (ThreadSanitizer's
// lock-order detector ends at 64).
//
// Memory ordering: an unlock happens before every later lock.
class lock {
public:
    constexpr lock() noexcept = default;
    lock(const lock&) = delete;
    lock& operator=(const lock&) = delete;

    void acquire() noexcept {
        std::uint32_t expected = free;
        if (!word_.compare_exchange_strong(expected, held, std::memory_order_acquire,
                                           std::memory_order_relaxed))
            acquire_contended();
    }

    void release() noexcept {
        if (word_.exchange(free, std::memory_order_release) == contended) futex_wake_one(word_);
    }

private:
    void acquire_contended() noexcept;

    static constexpr std::uint32_t free = 0, held = 1, contended = 2;
    futex_word word_{free};
};

// Holds a lock for a scope; `release` ends it early, `acquire` begins it again.
class [[nodiscard]] locked {
public:
    explicit locked(lock& l) noexcept : lock_(l) { acquire(); }
    locked(const locked&) = delete;
    locked& operator=(const locked&) = delete;
    ~locked() {
        if (held_) release();
    }

    void acquire() noexcept {
        lock_.acquire();
        held_ = true;
    }

    void release() noexcept {
        held_ = false;
        lock_.release();
    }

private:
    lock& lock_;
    bool held_ = false;
};

}  // namespace braid::runtime
