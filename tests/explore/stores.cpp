#include "tests/explore/stores.hpp"

#include <algorithm>

namespace explore {

void stores::push(history& h, const store& s) {
    const auto size = static_cast<int>(h.at.size());
    if (h.count == size) {
        std::move(h.at.begin() + 1, h.at.end(), h.at.begin());
        --h.count;
        h.seen = std::max(h.seen - 1, 0);
    }
    h.at[static_cast<std::size_t>(h.count++)] = static_cast<std::uint32_t>(all_.size());
    all_.push_back(s);
}

void stores::add(const thread& by, const void* address, std::uint64_t before, std::uint64_t value,
                 bool seq_cst, const vector_clock& released) {
    history& h = histories_.at(address);
    if (h.count == 0 || all_[h.at[static_cast<std::size_t>(h.count - 1)]].value != before) {
        h = {};
        push(h, {before, 0, 0, false, {}});
    }
    push(h, {value, by.epoch(), static_cast<std::uint8_t>(by.id), seq_cst, released});
}

int stores::visible(const thread& by, const void* address, std::uint64_t now,
                    const vector_clock* order) {
    history* h = histories_.find(address);
    if (h == nullptr || h->count == 0) return 0;
    const int newest = h->count - 1;
    int oldest = newest;
    if (all_[h->at[static_cast<std::size_t>(newest)]].value == now)
        for (; oldest > h->seen; --oldest) {
            const store& s = all_[h->at[static_cast<std::size_t>(oldest)]];
            if (s.epoch <= by.clock[s.thread] || s.epoch <= by.fenced_order[s.thread]) break;
            if (order != nullptr && (s.seq_cst || s.epoch <= (*order)[s.thread])) break;
        }
    if (oldest == newest) h->seen = newest;
    return h->count - oldest;
}

const stores::store& stores::see(const void* address, int age) {
    history& h = *histories_.find(address);
    const int position = h.count - 1 - age;
    h.seen = std::max(h.seen, position);
    return all_[h.at[static_cast<std::size_t>(position)]];
}

void stores::see_newest(const void* address) {
    if (history* h = histories_.find(address))
        if (h->count != 0) h->seen = h->count - 1;
}

}  // namespace explore
