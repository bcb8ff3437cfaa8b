#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tests/explore/address_table.hpp"
#include "tests/explore/thread.hpp"

namespace explore {

// The last stores to each atomic location, for loads that may see an old one.
//
// A load sees the newest store that happens before it, or a later one; and none that is older than
// what any thread has seen of the location. The last is more than C++ demands: it keeps two readers
// from disagreeing on the order of two stores.
//
// A seq_cst load sees the newest seq_cst store, or a later one of another order. The total order of
// seq_cst operations is taken to be that of the execution.
class stores {
public:
    struct store {
        std::uint64_t value = 0;
        std::uint32_t epoch = 0;  // 0: before all else
        std::uint8_t thread = 0;
        bool seq_cst = false;
        vector_clock released;
    };

    // A store of `value`, over `before`. `released` is what an acquire load of it takes over.
    void add(const thread& by, const void* address, std::uint64_t before, std::uint64_t value,
             bool seq_cst, const vector_clock& released);

    // How many stores a load may choose from, the newest first; and the choice. `now` is what
    // memory holds. 1 or less: there is nothing to choose, and the newest has been seen. `order`,
    // of a seq_cst load: what the fences and stores of that kind come after; null for other loads.
    int visible(const thread& by, const void* address, std::uint64_t now,
                const vector_clock* order);
    const store& see(const void* address, int age);

    // The newest has been seen.
    void see_newest(const void* address);

    // The location was written as plain memory.
    void forget(std::uintptr_t address) {
        if (history* h = histories_.find(address)) h->count = 0;
    }
    void clear() {
        histories_.clear();
        all_.clear();
    }

private:
    struct history {
        std::array<std::uint32_t, 8> at{};  // in all_, the oldest first
        int count = 0;
        int seen = 0;  // the oldest that may still be read
    };
    void push(history& h, const store& s);

    address_table<history> histories_;
    std::vector<store> all_;
};

}  // namespace explore
