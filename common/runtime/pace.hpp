#pragma once

#include <atomic>
#include <cstdint>

// How fine the work of a thread is: how often it uses a channel, starts or wakes a task, switches.
// Workers steal by that (worker.hpp).
namespace braid::runtime {

// A use of a channel counts one, and what moves a task counts as much more as it costs more when
// another processor does it.
inline constexpr std::uint64_t steps_of_switch = 8;

// Written by its own thread, read by the others. Should a compiler keep its address across a
// switch, a step is noted for a thread that was left, which does no harm.
inline constinit thread_local std::atomic<std::uint64_t> steps_taken{0};

[[gnu::always_inline]] inline void note_steps(std::uint64_t n) noexcept {
    steps_taken.store(steps_taken.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

}  // namespace braid::runtime
