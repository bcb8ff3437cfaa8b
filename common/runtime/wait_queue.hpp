#pragma once

#include "common/runtime/lock.hpp"
#include "common/runtime/parker.hpp"

namespace braid::runtime {

// One entry in a queue of tasks that wait. It lives on the stack of the task that waits, which
// keeps it there until its wait is over and it has left the queue.
struct waiter {
    waiter() noexcept = default;
    explicit waiter(parker& p) noexcept : who(&p), turn(p.open()) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    // By who takes it out of the queue: true if the wait was still open, and is the caller's to
    // end.
    bool claim() noexcept { return turn == 0 || who->claim(turn, this); }

    parker* who = nullptr;
    ticket turn = 0;         // 0: nothing but this queue can end the wait
    void* slot = nullptr;    // where the value is taken from or put; its owner knows the type
    bool served = false;     // true: got what it waited for; false: the wait was only ended
    std::size_t amount = 0;  // for queues in which requests differ in size

private:
    friend class wait_queue;
    waiter* next_ = nullptr;
    waiter* previous_ = nullptr;
    bool queued_ = false;
};

// First come, first served. Every call but `wake` is made under the lock of the queue's owner.
class wait_queue {
public:
    constexpr wait_queue() noexcept = default;
    wait_queue(const wait_queue&) = delete;
    wait_queue& operator=(const wait_queue&) = delete;

    // Also without the lock.
    bool empty() const noexcept { return first_.load(std::memory_order_acquire) == nullptr; }

    waiter* front() const noexcept { return first_.load(std::memory_order_relaxed); }

    void push_back(waiter& w) noexcept {
        w.previous_ = last_;
        w.next_ = nullptr;
        if (last_ != nullptr)
            last_->next_ = &w;
        else
            set_first(&w);
        last_ = &w;
        w.queued_ = true;
    }

    void push_front(waiter& w) noexcept {
        w.next_ = front();
        w.previous_ = nullptr;
        (w.next_ != nullptr ? w.next_->previous_ : last_) = &w;
        set_first(&w);
        w.queued_ = true;
    }

    // Takes `w` out, wherever it stands; nothing if a waker already has. O(1).
    void remove(waiter& w) noexcept {
        if (!w.queued_) return;
        if (w.previous_ != nullptr)
            w.previous_->next_ = w.next_;
        else
            set_first(w.next_);
        (w.next_ != nullptr ? w.next_->previous_ : last_) = w.previous_;
        w.queued_ = false;
    }

    // Takes out the first waiter whose wait is still open, and claims it: the caller then serves
    // it and unparks it. Those that were won elsewhere are dropped on the way (SEL-14).
    // Null when nobody waits.
    [[gnu::always_inline]] waiter* claim_front() noexcept {
        while (waiter* w = front()) {
            remove(*w);
            if (w->claim()) return w;
        }
        return nullptr;
    }

    // Moves every waiter that can be claimed to `to`.
    void claim_all(wait_queue& to) noexcept {
        while (waiter* w = claim_front()) to.push_back(*w);
    }

    // Unparks all. For a queue that claim_all filled, after the owner's lock has been released.
    void unpark_all() noexcept {
        while (waiter* w = front()) {
            remove(*w);
            w->who->unpark();  // `w` is gone from here on
        }
    }

private:
    void set_first(waiter* w) noexcept { first_.store(w, std::memory_order_release); }

    std::atomic<waiter*> first_{nullptr};
    waiter* last_ = nullptr;
};

}  // namespace braid::runtime
