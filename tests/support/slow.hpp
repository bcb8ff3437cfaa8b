#pragma once

#include <atomic>
#include <thread>

namespace braid_test {

// An element that takes its time over one move, which is made under the lock of its channel.
class slow {
public:
    slow() = default;
    slow(slow&&) noexcept {
        if (!armed.exchange(false)) return;
        moving = true;
        while (!go_on) std::this_thread::yield();
    }

    static inline std::atomic<bool> armed{false};
    static inline std::atomic<bool> moving{false};
    static inline std::atomic<bool> go_on{false};
};

}  // namespace braid_test
