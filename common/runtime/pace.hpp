#pragma once

#include <atomic>
#include <cstdint>

// How fine the work of a thread is: how often it uses a channel, and how often it wakes a task or
// switches to one. Workers steal by that (worker.hpp).
namespace braid::runtime {

struct pace {
    std::uint32_t uses;      // of channels
    std::uint32_t switches;  // and wake-ups
};

// Both in one word: the uses below, the switches above. Written by its own thread, read by others.
// Should a compiler keep its address across a switch, a step is noted for a thread that was left,
// which does no harm.
inline constinit thread_local std::atomic<std::uint64_t> steps_taken{0};

namespace detail {

[[gnu::always_inline]] inline void note(std::uint64_t steps) noexcept {
    steps_taken.store(steps_taken.load(std::memory_order_relaxed) + steps,
                      std::memory_order_relaxed);
}

}  // namespace detail

[[gnu::always_inline]] inline void note_use() noexcept { detail::note(1); }
[[gnu::always_inline]] inline void note_switch() noexcept { detail::note(std::uint64_t{1} << 32); }

// What a thread did between two looks at its word.
inline pace pace_between(std::uint64_t before, std::uint64_t now) noexcept {
    return {static_cast<std::uint32_t>(now - before),
            static_cast<std::uint32_t>((now - before) >> 32)};
}

}  // namespace braid::runtime
