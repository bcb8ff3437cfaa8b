#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace explore {

// Threads of one execution that need a number of their own, main included. It is a byte.
constexpr int max_threads = 255;

// What is known to have happened: of each thread, how many of its epochs.
//
// Nothing is stored for the threads past the last one that it knows of: most executions have few.
class vector_clock {
public:
    vector_clock() {}  // not defaulted: that could fill the array with zeros
    vector_clock(const vector_clock& other) { *this = other; }
    vector_clock& operator=(const vector_clock& other) {
        if (this == &other) return *this;
        size_ = other.size_;
        std::copy_n(other.at_.begin(), size_, at_.begin());
        return *this;
    }

    std::uint32_t operator[](int thread) const {
        const auto i = static_cast<std::size_t>(thread);
        return i < size_ ? at_[i] : 0;
    }
    void tick(int thread) {
        const auto i = static_cast<std::size_t>(thread);
        grow(i + 1);
        ++at_[i];
    }
    void raise(int thread, std::uint32_t epoch) {
        const auto i = static_cast<std::size_t>(thread);
        grow(i + 1);
        at_[i] = std::max(at_[i], epoch);
    }
    void join(const vector_clock& other) {
        grow(other.size_);
        for (std::size_t i = 0; i != other.size_; ++i) at_[i] = std::max(at_[i], other.at_[i]);
    }

private:
    void grow(std::size_t size) {
        while (size_ < size) at_[size_++] = 0;
    }

    std::size_t size_ = 0;
    std::array<std::uint32_t, max_threads> at_;  // the first size_ of them have values
};

}  // namespace explore
