#include "tests/explore/globals.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

extern "C" char __data_start;
extern "C" char _end;

namespace explore {
namespace {

constexpr std::size_t page = 4096;

constinit globals* watching = nullptr;

}  // namespace

// The explorer's own globals are among them. They do not change from here on: its state lies in the
// heap.
globals::globals() {
    watching = this;
    saved_.assign(&__data_start, &_end);
    if (before_.begin == nullptr) return;
    saved_before_.assign(before_.begin, before_.end);
    written_.reserve(saved_before_.size() / page + 1);  // none is to be had in the handler
    mprotect(before_.begin, saved_before_.size(), PROT_READ);
}

globals::~globals() {
    watching = nullptr;
    if (before_.begin != nullptr)
        mprotect(before_.begin, saved_before_.size(), PROT_READ | PROT_WRITE);
}

bool globals::let_write(const void* address) {
    if (watching == nullptr) return false;
    const memory_range& before = watching->before_;
    if (address < before.begin || address >= before.end) return false;
    const auto offset =
        static_cast<std::size_t>(static_cast<const char*>(address) - before.begin) / page * page;
    watching->written_.push_back(offset);
    return mprotect(before.begin + offset, page, PROT_READ | PROT_WRITE) == 0;
}

void globals::restore() const {
    std::memcpy(&__data_start, saved_.data(), saved_.size());
    for (const std::size_t offset : written_)
        std::memcpy(before_.begin + offset, saved_before_.data() + offset,
                    std::min(page, saved_before_.size() - offset));
}

}  // namespace explore
