#pragma once

#include <memory>

#include "common/runtime/futex.hpp"
#include "common/runtime/lock.hpp"
#include "common/runtime/registry.hpp"
#include "common/runtime/time.hpp"

// How a task waits. Everything above this file blocks through a parker, so nothing above it names
// a thread. One wait goes like this:
//
//     the one who waits                      the one who wakes it
//     open()        -> a ticket
//     puts itself where it will be found     claim(ticket): exactly one waker gets true
//     park()        sleeps                   hands over what was waited for
//     ... goes on, sees the hand-over        unpark(): once per claim
//
// A claim is followed by exactly one unpark, and park returns only for it, so no stale wake-up is
// ever left behind and what a waiter keeps on its stack stays valid from claim to unpark.
//
// Lifetime: parkers are recycled, never freed, so a late waker may still touch one whose task has
// ended; its claim fails, because tickets are not used twice.
namespace braid::runtime {

using ticket = std::uint64_t;

class parker;
struct fiber;
struct waiter;

// A set of tasks that want their wait ended when one event happens, once: the close of a context's
// done channel. A task joins it on its first wait under that context and stays in it, so that a
// worker loop pays for registering once and not at each receive.
class watch_list {
public:
    watch_list() = default;
    watch_list(const watch_list&) = delete;
    watch_list& operator=(const watch_list&) = delete;

    // The event: ends the current wait of each watcher. The caller has made the event visible
    // (with memory_order_seq_cst) before it calls.
    void end_waits() noexcept;

private:
    friend class parker;
    lock mutex_;
    std::atomic<parker*> first_{nullptr};
};

class parker {
public:
    explicit parker(fiber* f = nullptr) noexcept : fiber_(f) {}  // null: of a thread
    parker(const parker&) = delete;
    parker& operator=(const parker&) = delete;

    // The parker of the calling task, or of the calling thread if it is none of ours.
    static parker& current();

    // Starts a wait. No claim succeeds on an earlier ticket from here on.
    ticket open() noexcept {
        const ticket t = turn_.load(std::memory_order_relaxed) | 1;
        turn_.store(t, std::memory_order_release);
        return t;
    }

    // True for exactly one caller per ticket. `w` is what `winner` will return; null when the wait
    // is ended without a hand-over.
    bool claim(ticket t, waiter* w) noexcept {
        if (!turn_.compare_exchange_strong(t, t + 1, std::memory_order_acq_rel,
                                           std::memory_order_relaxed))
            return false;
        winner_ = w;
        return true;
    }

    // Lets the wait go on. Called once by who claimed it, with nothing of the waiter's in use.
    // Memory ordering: what comes before unpark happens before the return of park.
    void unpark() noexcept;

    // Sleeps until unparked. `what` is for the reports.
    void park(const registry::wait& what) noexcept;

    // The same for a wait without a ticket: only who holds this lock can find it, and there is one
    // who takes it out of its queue. Releases `held`, in a fiber after it has been left: then there
    // is nothing to settle between the two, which saves three locked instructions.
    void park(const registry::wait& what, locked& held) noexcept;

    // The same, but gives up at `deadline`: false if nobody had claimed the wait by then, and
    // nobody can any more.
    bool park_until(const registry::wait& what, ticket t, time_point deadline) noexcept;

    // The same, but gives up when the event of `list` happens. `happened` tells whether it has;
    // `keep` keeps the list alive for as long as this parker is in it.
    template <class Keep, class Happened>
    void park_watching(const registry::wait& what, ticket t, watch_list& list,
                       const std::shared_ptr<Keep>& keep, Happened happened) {
        if (joined_ != &list) join(list, keep);
        // Either the one who ends the waits sees this, or we see that the event has happened.
        watching_.store(&list, std::memory_order_seq_cst);
        if (!happened() || !claim(t, nullptr)) park(what);
        watching_.store(nullptr, std::memory_order_relaxed);
    }

    // After a wait: the waiter by which it was claimed, null if it was ended without one.
    waiter* winner() const noexcept { return winner_; }

    // Identity of the task or thread, unique in the process and never reused.
    std::uint64_t id() const noexcept { return id_; }
    registry::record* record() const noexcept { return record_; }

    // A task's life begins, or ends, with this as its parker.
    void begin(std::uint64_t id, registry::record* record) noexcept;
    void end() noexcept { leave(); }

    // By the scheduler, for a fiber that has been left: true if it is to be made ready by unpark,
    // false if that has happened already.
    bool falls_asleep() noexcept {
        std::uint32_t seen = empty;
        return word_.compare_exchange_strong(seen, asleep, std::memory_order_acq_rel);
    }
    // The same where nobody can unpark it before `held` is released.
    void falls_asleep(lock& held) noexcept {
        word_.store(asleep, std::memory_order_relaxed);
        held.release();
    }

    // A cheap pseudo-random number below `n`, for select's choice. xorshift, a state per task; then
    // a multiplication, because a division takes longer than all the rest.
    std::size_t random_below(std::size_t n) noexcept {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 17;
        random_ ^= random_ << 5;
        return static_cast<std::uint64_t>(random_) * n >> 32;
    }

private:
    friend class watch_list;
    friend class parker_pool;

    void join(watch_list& list, std::shared_ptr<void> keep);
    void leave() noexcept;
    void sleep() noexcept;
    void sleep_until(time_point deadline) noexcept;
    bool park_fiber_until(const registry::wait& what, ticket t, time_point deadline);

    static constexpr std::uint32_t empty = 0, permit = 1, asleep = 2, dozing = 3;  // 3: timed
    futex_word word_{empty};
    std::atomic<ticket> turn_{0};  // odd: a wait is open and not yet claimed
    waiter* winner_ = nullptr;     // written between claim and unpark, by who claimed

    std::atomic<const watch_list*> watching_{nullptr};  // by the wait that is going on
    watch_list* joined_ = nullptr;                      // the list whose member this parker is
    std::shared_ptr<void> keep_joined_;
    parker* next_watcher_ = nullptr;
    parker* previous_watcher_ = nullptr;

    fiber* const fiber_;
    std::uint64_t id_ = 0;
    std::uint32_t random_ = 1;
    registry::record* record_ = nullptr;
    parker* next_free_ = nullptr;
};

// Gives parkers to threads, those of tasks too, and takes them back when they end.
class parker_pool {
public:
    static parker& take(std::uint64_t id, registry::record* record);
    static void give_back(parker& p) noexcept;
    static void make_current(parker* p) noexcept;
};

// How many threads sleep here until somebody unparks them.
int threads_asleep() noexcept;

// A number that no task had before.
std::uint64_t next_id() noexcept;

}  // namespace braid::runtime
