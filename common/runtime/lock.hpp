#pragma once

#include <atomic>
#include <cstdint>

namespace braid::runtime {

// The lock inside every primitive. Held for a few dozen instructions, never across a park, and no
// code of the user's runs under it (but for a move of an element, which must not throw).
//
// One word, a sequence lock: odd while it is held, and another number each time. So one can look at
// what it protects without taking it: who finds the same even number before and after has seen the
// state of one moment (what is looked at is atomic then, stored with release, loaded with acquire).
//
// `release` writes the word with its last access, so the primitive may be destroyed by whoever
// takes the lock next: that is what makes "the waiter destroys the wait group" legal (the bug WG5
// of other implementations). It is a plain store, half of what a mutex costs, because who does not
// get the lock looks again by itself and is not woken.
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

    [[gnu::always_inline]] void acquire() noexcept {
        std::uint32_t seen = word_.load(std::memory_order_relaxed);
        if (held(seen) || !try_acquire(seen)) acquire_contended();
    }

    void release() noexcept {
        word_.store(word_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    std::uint32_t sequence() const noexcept { return word_.load(std::memory_order_acquire); }
    static bool held(std::uint32_t sequence) noexcept { return (sequence & 1) != 0; }

private:
    bool try_acquire(std::uint32_t seen) noexcept {
        return word_.compare_exchange_strong(seen, seen + 1, std::memory_order_acquire,
                                             std::memory_order_relaxed);
    }
    void acquire_contended() noexcept;

    std::atomic<std::uint32_t> word_{0};
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

    // Somebody else is to release it.
    lock& leave_held() noexcept {
        held_ = false;
        return lock_;
    }

private:
    lock& lock_;
    bool held_ = false;
};

}  // namespace braid::runtime
