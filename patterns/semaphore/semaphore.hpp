#pragma once

#include <cstddef>
#include <stdexcept>
#include <utility>

#include "common/channel.hpp"

namespace braid {

class semaphore;

// Permits of a semaphore, which are given back at the end of the scope. False if there are none:
// the wait for them was cancelled, or they have been given back already. If somebody has released
// them by hand, to give them back is one release too many, and ends the process.
class [[nodiscard("permits that are not kept are given back at once")]] permits {
public:
    permits() noexcept = default;
    // Takes over `n` that were acquired by hand.
    permits(semaphore & from, std::ptrdiff_t n) noexcept : from_(&from), count_(n) {}
    permits(permits && other) noexcept
        : from_(std::exchange(other.from_, nullptr)), count_(other.count_) {}
    permits& operator=(permits other) noexcept {  // gives back what was here
        std::swap(from_, other.from_);
        std::swap(count_, other.count_);
        return *this;
    }
    ~permits() { release(); }

    explicit operator bool() const noexcept { return from_ != nullptr; }

    // Gives them back before the end of the scope; nothing if there are none.
    void release() noexcept;

private:
    semaphore* from_ = nullptr;
    std::ptrdiff_t count_ = 0;
};

// A number of permits. Whoever wants to do what only so many may do at once takes one, or several
// if it is heavy, and gives them back.
//
//     semaphore slots(8);
//     if (auto held = slots.hold(ctx, 2)) work();  // false: ctx was done first
//
// Invariants:
//   I1  No more permits are out than the semaphore has.
//   I2  First come, first served: who wants few does not overtake who wants many, so that nobody
//       starves (SM-2). Hence try_acquire fails while anybody waits.
//   I3  A cancelled acquire has taken nothing (SM-3), and those behind it move up (SM-5).
//   I4  Who acquires releases the same number, once, on every way out. hold does that.
//   I5  release does not touch the semaphore after it has let the last one in who waited.
//
// A permit belongs to no task: another may release it. A semaphore of 1 excludes, one of 2 does
// not: what the holders share needs a lock as well. Works for plain threads too.
//
// Misuse throws and changes nothing: std::logic_error for a release of more than is held (in Go,
// that leaves more permits than there were: SM-7), std::invalid_argument for a number that makes no
// sense.
//
// Memory ordering: a release happens before the return of every later acquire.
// snippet: semaphore
class semaphore {
public:
    // Throws std::invalid_argument unless `capacity` is positive.
    constexpr explicit semaphore(std::ptrdiff_t capacity, place made = place::here())
        : capacity_(positive(capacity)),
          free_(capacity),
          subject_("semaphore", made, static_cast<std::size_t>(capacity)) {}
    semaphore(const semaphore&) = delete;
    semaphore& operator=(const semaphore&) = delete;

    // Blocks until `n` permits are free and nobody waits who came before (SM-1, SM-8).
    // Throws std::invalid_argument for more than there are, as nothing could end that wait.
    void acquire(std::ptrdiff_t n = 1, place where = place::here()) { acquire_until({}, n, where); }

    // The same, and false if `ctx` is done: it wins over permits that are free. If `n` is more than
    // there are, it waits for that, and nobody waits behind it (SM-4).
    template <cancellation C>
    [[nodiscard("false: cancelled, nothing was acquired")]] bool acquire(
        const C& ctx, std::ptrdiff_t n = 1, place where = place::here()) {
        return acquire_until(detail::done_of(ctx), n, where);
    }

    // Never blocks: false if acquire would.
    [[nodiscard("false: nothing was acquired")]] bool try_acquire(std::ptrdiff_t n = 1);

    // Gives `n` back, and lets in those who wait while there is room for the first of them (SM-6).
    void release(std::ptrdiff_t n = 1);

    // Acquire, with the release at the end of the scope.
    permits hold(std::ptrdiff_t n = 1, place where = place::here()) {
        acquire(n, where);
        return {*this, n};
    }
    template <cancellation C>
    permits hold(const C& ctx, std::ptrdiff_t n = 1, place where = place::here()) {
        return acquire(ctx, n, where) ? permits(*this, n) : permits();
    }

    std::ptrdiff_t capacity() const noexcept { return capacity_; }  // what it was made with
    std::ptrdiff_t available() const noexcept;                      // old as soon as it is returned

private:
    static constexpr std::ptrdiff_t positive(std::ptrdiff_t n);
    bool acquire_until(const detail::done_ptr& done, std::ptrdiff_t n, place where);
    bool take(std::ptrdiff_t n) noexcept;
    bool put(std::ptrdiff_t n) noexcept;

    const std::ptrdiff_t capacity_;
    mutable runtime::lock mutex_;
    std::ptrdiff_t free_;
    runtime::wait_queue waiters_;  // in the order of their coming; amount: what they want
    [[no_unique_address]] registry::subject subject_;
};
// snippet end

constexpr std::ptrdiff_t semaphore::positive(std::ptrdiff_t n) {
    if (n < 1) throw std::invalid_argument("semaphore: the capacity must be positive");
    return n;
}

inline void permits::release() noexcept {
    if (semaphore* const s = std::exchange(from_, nullptr)) s->release(count_);
}

}  // namespace braid
