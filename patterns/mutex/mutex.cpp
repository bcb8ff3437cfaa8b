#include "patterns/mutex/mutex.hpp"

#include "common/runtime/fatal.hpp"

namespace braid {

using registry::role;

void mutex::lock_slow(place where) {
    runtime::parker& self = runtime::parker::current();
    const auto since = std::chrono::steady_clock::now();
    const auto long_wait = std::chrono::milliseconds(1);
    runtime::locked hold(guard_);
    for (bool first = true;; first = false) {
        // Either the lock is free now and we take it, or whoever holds it will find us.
        std::uint32_t seen = state_.load(std::memory_order_relaxed);
        bool taken = false;
        while (!taken) {
            if ((seen & locked) == 0)
                taken = state_.compare_exchange_weak(seen, seen | locked, std::memory_order_acquire,
                                                     std::memory_order_relaxed);
            else if (state_.compare_exchange_weak(seen, locked | awaited,
                                                  std::memory_order_relaxed))
                break;
        }
        if (taken) break;

        if (!first && std::chrono::steady_clock::now() - since > long_wait) starving_ = true;
        runtime::waiter w(self);
        if (first)
            waiters_.push_back(w);
        else
            waiters_.push_front(w);
        hold.release();
        self.park({"lock", where, {&subject_, role::holds}});
        hold.acquire();
        if (!w.served) continue;

        // Handed over in starvation mode (I2), which ends here if it is not needed any more.
        if (waiters_.empty() || std::chrono::steady_clock::now() - since < long_wait)
            starving_ = false;
        break;
    }
    subject_.seen(role::holds);
}

void mutex::unlock_slow() noexcept {
    runtime::parker* to_wake = nullptr;
    {
        runtime::locked hold(guard_);
        if ((state_.load(std::memory_order_relaxed) & locked) == 0)
            runtime::fatal("unlock of unlocked mutex");
        runtime::waiter* const w = waiters_.claim_front();
        const std::uint32_t still = waiters_.empty() ? 0 : awaited;
        if (w != nullptr) {
            w->served = starving_;
            to_wake = w->who;
        }
        state_.store(still | (w != nullptr && starving_ ? locked : 0), std::memory_order_release);
    }
    if (to_wake != nullptr) to_wake->unpark();
}

void rw_mutex::lock(place where) {
    runtime::locked hold(guard_);
    if (writer_ || readers_ > 0 || !waiting_writers_.empty()) {
        runtime::waiter w(runtime::parker::current());
        detail::wait_in(waiting_writers_, w, hold, {"lock", where, {&subject_, role::holds}}, {});
    } else {
        writer_ = true;
    }
    subject_.seen(role::holds);
}

bool rw_mutex::try_lock() noexcept {
    runtime::locked hold(guard_);
    if (writer_ || readers_ > 0 || !waiting_writers_.empty()) return false;
    writer_ = true;
    subject_.seen(role::holds);
    return true;
}

// snippet: writer
void rw_mutex::unlock() noexcept {
    subject_.forget(role::holds);
    runtime::wait_queue to_wake;
    {
        runtime::locked hold(guard_);
        if (!writer_) runtime::fatal("unlock of unlocked rw_mutex");
        writer_ = false;
        while (runtime::waiter* r = waiting_readers_.claim_front()) {  // I7
            ++readers_;
            to_wake.push_back(*r);
        }
        if (readers_ == 0)
            if (runtime::waiter* w = waiting_writers_.claim_front()) {
                writer_ = true;
                to_wake.push_back(*w);
            }
    }
    to_wake.unpark_all();
}
// snippet end

void rw_mutex::lock_shared(place where) {
    runtime::locked hold(guard_);
    if (writer_ || !waiting_writers_.empty()) {  // I6
        runtime::waiter w(runtime::parker::current());
        detail::wait_in(waiting_readers_, w, hold, {"lock_shared", where, {&subject_, role::holds}},
                        {});
    } else {
        ++readers_;
    }
    subject_.seen(role::holds);
}

bool rw_mutex::try_lock_shared() noexcept {
    runtime::locked hold(guard_);
    if (writer_ || !waiting_writers_.empty()) return false;
    ++readers_;
    subject_.seen(role::holds);
    return true;
}

void rw_mutex::unlock_shared() noexcept {
    subject_.forget(role::holds);
    runtime::parker* to_wake = nullptr;
    {
        runtime::locked hold(guard_);
        if (readers_ == 0) runtime::fatal("unlock_shared of unlocked rw_mutex");
        if (--readers_ == 0)
            if (runtime::waiter* w = waiting_writers_.claim_front()) {
                writer_ = true;
                to_wake = w->who;
            }
    }
    if (to_wake != nullptr) to_wake->unpark();
}

// snippet: wait
void cond::wait(place where) {
    runtime::parker& self = runtime::parker::current();
    runtime::locked hold(guard_);
    runtime::waiter w(self);
    waiters_.push_back(w);
    hold.release();
    mutex_.unlock();  // queued before: a signal from here on finds us
    self.park({"cond wait", where, {&subject_, role::none}});
    mutex_.lock(where);
}
// snippet end

void cond::signal() noexcept {
    runtime::waiter* w = nullptr;
    {
        runtime::locked hold(guard_);
        w = waiters_.claim_front();
    }
    if (w != nullptr) w->who->unpark();
}

void cond::broadcast() noexcept {
    runtime::wait_queue to_wake;
    {
        runtime::locked hold(guard_);
        waiters_.claim_all(to_wake);
    }
    to_wake.unpark_all();
}

}  // namespace braid
