#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace explore {

// From an address to what the engine knows about it. Emptied in constant time, since that is done
// before each execution. The values stand side by side, in the order in which they were asked for.
//
// A reference is good until the next call of `at`.
template <class Value>
class address_table {
public:
    // What stands at `address`; a new Value if there is nothing.
    Value& at(std::uintptr_t address) {
        if ((used_ + 1) * 2 > slots_.size()) grow();
        slot& s = place_of(slots_, address);
        if (s.generation != generation_) {
            s = slot{address, generation_, used_};
            if (used_++ == values_.size()) {
                values_.emplace_back();
            } else {
                std::destroy_at(&values_[s.value]);
                std::construct_at(&values_[s.value]);
            }
        }
        return values_[s.value];
    }
    Value& at(const void* address) { return at(reinterpret_cast<std::uintptr_t>(address)); }

    // Null if there is nothing.
    Value* find(std::uintptr_t address) {
        if (used_ == 0) return nullptr;
        const slot& s = place_of(slots_, address);
        return s.generation == generation_ ? &values_[s.value] : nullptr;
    }
    Value* find(const void* address) { return find(reinterpret_cast<std::uintptr_t>(address)); }

    void clear() {
        ++generation_;
        used_ = 0;
    }

private:
    struct slot {
        std::uintptr_t address = 0;
        std::uint64_t generation = 0;  // an older one: the slot is empty
        std::size_t value = 0;         // its index
    };

    slot& place_of(std::vector<slot>& slots, std::uintptr_t address) const {
        const std::size_t mask = slots.size() - 1;
        std::size_t i = (address * 0x9E3779B97F4A7C15u >> 20) & mask;
        while (slots[i].generation == generation_ && slots[i].address != address)
            i = (i + 1) & mask;
        return slots[i];
    }

    void grow() {
        std::vector<slot> larger(slots_.empty() ? 64 : slots_.size() * 2);
        for (slot& s : slots_)
            if (s.generation == generation_) place_of(larger, s.address) = s;
        slots_ = std::move(larger);
    }

    std::vector<slot> slots_;
    std::vector<Value> values_;
    std::size_t used_ = 0;
    std::uint64_t generation_ = 1;
};

}  // namespace explore
