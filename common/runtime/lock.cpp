#include "common/runtime/lock.hpp"

#include "common/runtime/pause.hpp"

namespace braid::runtime {

// The holder is done in a few dozen instructions, if it runs: so first wait for that, more
// patiently each time, or the cache line of the lock does nothing but travel. Then sleep.
void lock::acquire_contended() noexcept {
    for (int pauses = 1; pauses <= 64; pauses *= 2) {
        for (int i = 0; i < pauses; ++i) pause();
        std::uint32_t expected = free;
        if (word_.load(std::memory_order_relaxed) == free &&
            word_.compare_exchange_weak(expected, held, std::memory_order_acquire,
                                        std::memory_order_relaxed))
            return;
    }
    while (word_.exchange(contended, std::memory_order_acquire) != free)
        futex_wait(word_, contended);
}

}  // namespace braid::runtime
