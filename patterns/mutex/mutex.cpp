#include "patterns/mutex/mutex.hpp"

#include "common/runtime/fatal.hpp"

namespace braid {

using registry::role;

namespace {

// Under the guard: either the lock is free for us now, and we take it, or whoever leaves it next
// will find us in a queue.
template <class Free>
bool take_or_await(std::atomic<std::uint32_t>& state, std::uint32_t mine, std::uint32_t awaited,
                   Free free) noexcept {
    std::uint32_t seen = state.load(std::memory_order_relaxed);
    for (;;) {
        const bool take = free(seen);
        if (state.compare_exchange_weak(seen, take ? seen + mine : seen | awaited,
                                        std::memory_order_acquire, std::memory_order_relaxed))
            return take;
    }
}

}  // namespace

void mutex::lock_slow(place where) {
    runtime::parker& self = runtime::parker::current();
    const auto since = std::chrono::steady_clock::now();
    const auto long_wait = std::chrono::milliseconds(1);
    runtime::locked hold(guard_);
    const auto free = [](std::uint32_t seen) { return (seen & locked) == 0; };
    for (bool first = true;; first = false) {
        if (take_or_await(state_, locked, awaited, free)) break;

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

void rw_mutex::lock_slow(place where) {
    runtime::locked hold(guard_);
    const auto free = [](std::uint32_t seen) { return seen == 0; };
    if (!take_or_await(state_, writer, awaited, free)) {
        runtime::waiter w(runtime::parker::current());
        detail::wait_in(waiting_writers_, w, hold, {"lock", where, {&subject_, role::holds}}, {});
    }
    subject_.seen(role::holds);
}

// snippet: writer
void rw_mutex::unlock_slow() noexcept {
    runtime::wait_queue to_wake;
    {
        runtime::locked hold(guard_);
        if ((state_.load(std::memory_order_relaxed) & writer) == 0)
            runtime::fatal("unlock of unlocked rw_mutex");
        std::uint32_t inside = 0;
        while (runtime::waiter* r = waiting_readers_.claim_front()) {  // I7
            inside += reader;
            to_wake.push_back(*r);
        }
        if (inside == 0)
            if (runtime::waiter* w = waiting_writers_.claim_front()) {
                inside = writer;
                to_wake.push_back(*w);
            }
        // Nobody else changes it meanwhile: who comes sees a writer, and wants the guard.
        state_.store(inside | (waiting_writers_.empty() ? 0 : awaited), std::memory_order_release);
    }
    to_wake.unpark_all();
}
// snippet end

void rw_mutex::lock_shared_slow(place where) {
    runtime::locked hold(guard_);
    const auto free = [](std::uint32_t seen) { return (seen & (writer | awaited)) == 0; };  // I6
    if (!take_or_await(state_, reader, awaited, free)) {
        runtime::waiter w(runtime::parker::current());
        detail::wait_in(waiting_readers_, w, hold, {"lock_shared", where, {&subject_, role::holds}},
                        {});
    }
    subject_.seen(role::holds);
}

// The last reader has left, and somebody waits. While `awaited` is set nobody comes in, so it is
// always a writer, and readers behind it.
void rw_mutex::unlock_shared_slow(std::uint32_t before) noexcept {
    if (before < reader) runtime::fatal("unlock_shared of unlocked rw_mutex");
    runtime::waiter* w = nullptr;
    {
        runtime::locked hold(guard_);
        w = waiting_writers_.claim_front();
        const bool more = !waiting_writers_.empty() || !waiting_readers_.empty();
        state_.store((w != nullptr ? writer : 0) | (more ? awaited : 0), std::memory_order_release);
    }
    if (w != nullptr) w->who->unpark();
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
