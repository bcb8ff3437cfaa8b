#include "patterns/mutex/rw_mutex.hpp"

#include "common/runtime/fatal.hpp"
#include "patterns/mutex/take_or_await.hpp"

namespace braid {

using registry::role;

void rw_mutex::lock_slow(place where) {
    runtime::locked hold(guard_);
    const auto free = [](std::uint32_t seen) { return seen == 0; };
    if (!detail::take_or_await(state_, writer, awaited, free)) {
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
    if (!detail::take_or_await(state_, reader, awaited, free)) {
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

}  // namespace braid
