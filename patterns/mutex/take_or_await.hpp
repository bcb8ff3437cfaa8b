#pragma once

#include <atomic>
#include <cstdint>

namespace braid::detail {

// For a lock whose state is one word, under the guard of its queues: either the lock is free for us
// now, and we take it, or whoever leaves it next will find us in a queue.
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

}  // namespace braid::detail
