#pragma once

#include <array>
#include <cstdint>

#include "tests/explore/address_table.hpp"
#include "tests/explore/thread.hpp"

namespace explore {

// Data races and uses after free, from happens-before: an access conflicts with one that its
// thread's clock does not cover, in whatever order the two came.
class races {
public:
    enum mode : std::uint8_t { plain_read = 0, writes = 1, atomic = 2, frees = 4 };

    struct access {
        std::uint32_t epoch;
        std::uint32_t event;  // its number in this execution
        std::uint8_t thread;
        std::uint8_t bytes;  // which of the eight
        std::uint8_t how;
    };

    // The earlier access with which this one conflicts, or null. Notes it as access number `event`.
    const access* check(const thread& by, std::uintptr_t address, std::size_t size,
                        std::uint8_t how, std::uint32_t event);

    bool used_by_others(const thread& by, std::uintptr_t address);

    void clear() { cells_.clear(); }

private:
    // Accesses to eight bytes that a later one may still conflict with. When there are too many,
    // the oldest is forgotten: then a race may be missed, none is made up.
    struct cell {
        cell() {}  // not defaulted: that could fill the array with zeros
        std::array<access, 8> accesses;
        std::uint8_t count = 0;
        std::uint8_t oldest = 0;

        access* begin() { return accesses.data(); }
        access* end() { return accesses.data() + count; }
    };
    const access* check_cell(cell& c, const thread& by, const access& now);

    address_table<cell> cells_;
    access found_{};
};

}  // namespace explore
