#include "tests/explore/globals.hpp"

#include <cstring>

extern "C" char __data_start;
extern "C" char _end;

namespace explore {

// The explorer's own globals are among them. They do not change from here on: its state lies in the
// heap.
globals::globals() : saved_(&__data_start, &_end) {}

void globals::restore() const { std::memcpy(&__data_start, saved_.data(), saved_.size()); }

}  // namespace explore
