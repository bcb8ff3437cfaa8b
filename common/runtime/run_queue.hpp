#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

// The tasks of one worker that are ready to run, first in, first out. The worker puts in and takes
// out; other workers steal. After Go's runq (proc.go): a ring with two counters, no lock.
namespace braid::runtime {

template <class T, std::uint32_t N>
class run_queue {
    static_assert((N & (N - 1)) == 0);

public:
    // By the owner. False if there is no room.
    bool push(T* t) noexcept {
        const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_.load(std::memory_order_acquire) == N) return false;
        ring_[tail % N].store(t, std::memory_order_relaxed);
        // seq_cst: the owner looks for sleeping workers after it, they look here before they sleep.
        tail_.store(tail + 1, std::memory_order_seq_cst);
        return true;
    }

    // By the owner. Null if there is none.
    T* pop() noexcept {
        std::uint32_t head = head_.load(std::memory_order_acquire);
        while (head != tail_.load(std::memory_order_relaxed)) {
            T* const t = ring_[head % N].load(std::memory_order_relaxed);
            // release: the place is free for the owner's next push only after it has been read.
            if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                            std::memory_order_acquire))
                return t;
        }
        return nullptr;
    }

    // By another worker: takes half, rounded up. The last one is returned, the others go to `to`,
    // whose owner the caller is, and which is empty. Null if there was none.
    T* steal(run_queue& to) noexcept {
        std::uint32_t head = head_.load(std::memory_order_acquire);
        for (;;) {
            const std::uint32_t size = tail_.load(std::memory_order_acquire) - head;
            const std::uint32_t n = size - size / 2;
            if (n == 0 || n > N) return nullptr;  // more than N: read while others were at it
            const std::uint32_t at = to.tail_.load(std::memory_order_relaxed);
            for (std::uint32_t i = 0; i < n; ++i)
                to.ring_[(at + i) % N].store(ring_[(head + i) % N].load(std::memory_order_relaxed),
                                             std::memory_order_relaxed);
            if (head_.compare_exchange_weak(head, head + n, std::memory_order_acq_rel,
                                            std::memory_order_acquire)) {
                to.tail_.store(at + n - 1, std::memory_order_seq_cst);
                return to.ring_[(at + n - 1) % N].load(std::memory_order_relaxed);
            }
        }
    }

    std::uint32_t size() const noexcept {
        const std::uint32_t head = head_.load(std::memory_order_seq_cst);
        return tail_.load(std::memory_order_seq_cst) - head;
    }

private:
    alignas(64) std::atomic<std::uint32_t> head_{0};  // where to take out; by all
    alignas(64) std::atomic<std::uint32_t> tail_{0};  // where to put in; by the owner
    std::array<std::atomic<T*>, N> ring_{};
};

}  // namespace braid::runtime
