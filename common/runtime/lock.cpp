#include "common/runtime/lock.hpp"

#include <chrono>
#include <thread>

#include "common/runtime/pause.hpp"

namespace braid::runtime {

// The holder is done in a few dozen instructions, if it runs: so first wait for that, more
// patiently each time, or the cache line of the lock does nothing but travel. If it does not run,
// let it have the processor: by yielding, and where that does not help, as with priorities, by
// sleeping.
void lock::acquire_contended() noexcept {
    constexpr int most_pauses = 64, most_yields = 16;
    for (int pauses = 1, yields = 0;;) {
        if (pauses <= most_pauses) {
            for (int i = 0; i < pauses; ++i) pause();
            pauses *= 2;
        } else if (yields < most_yields) {
            std::this_thread::yield();
            ++yields;
        } else {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
        if (!held_.load(std::memory_order_relaxed) &&
            !held_.exchange(true, std::memory_order_acquire))
            return;
    }
}

}  // namespace braid::runtime
