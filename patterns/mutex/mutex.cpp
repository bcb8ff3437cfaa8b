#include "patterns/mutex/mutex.hpp"

#include "common/runtime/fatal.hpp"
#include "patterns/mutex/take_or_await.hpp"

namespace braid {

using registry::role;

void mutex::lock_slow(place where) {
    runtime::parker& self = runtime::parker::current();
    const auto since = std::chrono::steady_clock::now();
    const auto long_wait = std::chrono::milliseconds(1);
    runtime::locked hold(guard_);
    const auto free = [](std::uint32_t seen) { return (seen & locked) == 0; };
    for (bool first = true;; first = false) {
        if (detail::take_or_await(state_, locked, awaited, free)) break;

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

}  // namespace braid
