#include "patterns/mutex/mutex.hpp"

#include "common/runtime/fatal.hpp"

namespace braid {

using registry::role;

// Under the guard: either the mutex is free now, and we take it, or whoever unlocks it next will
// find us in the queue.
bool mutex::take_or_await() noexcept {
    std::uint32_t seen = state_.load(std::memory_order_relaxed);
    for (;;) {
        const bool free = (seen & locked) == 0;
        if (state_.compare_exchange_weak(seen, seen | (free ? locked : awaited),
                                         std::memory_order_acquire, std::memory_order_relaxed))
            return free;
    }
}

void mutex::lock_slow(place where) {
    runtime::parker& self = runtime::parker::current();
    const auto since = std::chrono::steady_clock::now();
    const auto long_wait = std::chrono::milliseconds(1);
    runtime::locked hold(guard_);
    for (bool first = true;; first = false) {
        if (take_or_await()) break;

        if (!first && std::chrono::steady_clock::now() - since > long_wait) starving_ = true;
        runtime::waiter w;
        w.who = &self;
        if (first)
            waiters_.push_back(w);
        else
            waiters_.push_front(w);
        self.park({"lock", where, {&subject_, role::holds}}, hold);
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

}  // namespace braid
