#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace explore {

// Threads of one execution, main included. Each has a stack and a TCB of its own until the end.
constexpr int max_threads = 64;

// What is known to have happened: of each thread, how many of its epochs.
struct vector_clock {
    std::array<std::uint32_t, max_threads> at{};

    std::uint32_t operator[](int thread) const { return at[static_cast<std::size_t>(thread)]; }
    void tick(int thread) { ++at[static_cast<std::size_t>(thread)]; }

    void join(const vector_clock& other) {
        for (std::size_t i = 0; i != at.size(); ++i)
            if (at[i] < other.at[i]) at[i] = other.at[i];
    }
};

}  // namespace explore
