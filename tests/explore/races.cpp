#include "tests/explore/races.hpp"

namespace explore {

const races::access* races::check(const thread& by, std::uintptr_t address, std::size_t size,
                                  std::uint8_t how, std::uint32_t event) {
    const std::uintptr_t end = address + size;
    for (std::uintptr_t granule = address & ~std::uintptr_t{7}; granule < end; granule += 8) {
        unsigned bytes = 0xFF;
        if (granule < address) bytes &= 0xFFu << (address - granule);
        if (granule + 8 > end) bytes &= 0xFFu >> (granule + 8 - end);
        const access now{by.epoch(), event, static_cast<std::uint8_t>(by.id),
                         static_cast<std::uint8_t>(bytes), how};
        if (const access* other = check_cell(cells_.at(granule), by, now)) {
            found_ = *other;
            return &found_;
        }
    }
    return nullptr;
}

bool races::used_by_others(const thread& by, std::uintptr_t address) {
    for (const access& a : cells_.at(address & ~std::uintptr_t{7}))
        if (a.thread != by.id) return true;
    return false;
}

const races::access* races::check_cell(cell& c, const thread& by, const access& now) {
    access* place = nullptr;  // where `now` can stand without a loss
    for (access& old : c) {
        if ((old.bytes & now.bytes) == 0) {
            if (old.bytes == 0 && place == nullptr) place = &old;
            continue;
        }
        if ((old.how & frees) != 0) return &old;
        const bool before = old.thread == now.thread || old.epoch <= by.clock[old.thread];
        if (!before && ((old.how | now.how) & (writes | frees)) != 0 &&
            (old.how & now.how & atomic) == 0)
            return &old;
        // Whoever conflicts with the old one and comes later conflicts with this one, too.
        const bool covered = (old.bytes & ~now.bytes) == 0 &&
                             (now.how & atomic) <= (old.how & atomic) &&
                             (now.how & writes) >= (old.how & writes);
        if (before && covered) {
            if (place == nullptr)
                place = &old;
            else if (old.thread == now.thread)
                old.bytes = 0;  // never matches again
        }
    }
    if (place == nullptr && c.count != c.accesses.size()) {
        place = &c.accesses[c.count++];
    } else if (place == nullptr) {
        place = &c.accesses[c.oldest];
        c.oldest = (c.oldest + 1) % c.accesses.size();
    }
    *place = now;
    return nullptr;
}

}  // namespace explore
