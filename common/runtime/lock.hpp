#pragma once

#include <atomic>
#include <cstdint>

namespace braid::runtime {

// The lock inside every primitive. Held for a few dozen instructions, never across a park, and no
// code of the user's runs under it (but for a move of an element, which must not throw).
//
// `release` is a plain store and no locked instruction: who does not get the lock looks again by
// itself and is not woken. It is also the last access, so the primitive may be destroyed by whoever
// takes the lock next: that is what makes "the waiter destroys the wait group" legal (the bug WG5
// of other implementations).
//
// It counts its holders, so that one can look at what it protects without taking it: who finds it
// free, and later the same count, has seen the state of one moment. (What is looked at is atomic
// then, stored with release, loaded with acquire.)
//
// Not std::mutex: it is 8 bytes, constexpr, and select may hold hundreds of them (ThreadSanitizer's
// lock-order detector ends at 64).
//
// Memory ordering: an unlock happens before every later lock.
class lock {
public:
    constexpr lock() noexcept = default;
    lock(const lock&) = delete;
    lock& operator=(const lock&) = delete;

    [[gnu::always_inline]] void acquire() noexcept {
        if (held_.exchange(true, std::memory_order_acquire)) acquire_contended();
        // Before what the holder stores with release, and so seen by who has seen that.
        count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    [[gnu::always_inline]] void release() noexcept {
        held_.store(false, std::memory_order_release);
    }

    // How many have held it, the one who does now among them.
    std::uint32_t count() const noexcept { return count_.load(std::memory_order_acquire); }
    bool held() const noexcept { return held_.load(std::memory_order_acquire); }

private:
    void acquire_contended() noexcept;

    std::atomic<bool> held_{false};
    std::atomic<std::uint32_t> count_{0};
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

    [[gnu::always_inline]] void acquire() noexcept {
        lock_.acquire();
        held_ = true;
    }

    [[gnu::always_inline]] void release() noexcept {
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
