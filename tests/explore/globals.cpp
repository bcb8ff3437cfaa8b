#include "tests/explore/globals.hpp"

#include <algorithm>
#include <cstring>

#include "tests/explore/engine.hpp"

extern "C" char __data_start;
extern "C" char _end;

namespace explore {

// The explorer's own globals are among them. They do not change from here on: its state lies in the
// heap.
globals::globals() : saved_(&__data_start, &_end) {
    const std::string_view heap = heap_of_initialisers();
    heap_.assign(heap.begin(), heap.end());
}

void globals::restore() const {
    std::memcpy(&__data_start, saved_.data(), saved_.size());
    std::copy(heap_.begin(), heap_.end(), const_cast<char*>(heap_of_initialisers().data()));
}

}  // namespace explore
