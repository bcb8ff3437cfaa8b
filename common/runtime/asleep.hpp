#pragma once

#include <string_view>

// When everybody is asleep.
namespace braid::runtime {

// How many threads the process has beside Braid's own, that is workers and clock, and beside
// ThreadSanitizer's.
int foreign_threads() noexcept;

inline constexpr std::string_view deadlock_headline = "braid: all tasks are asleep - deadlock!\n";
inline constexpr int deadlock_status = 2;

}  // namespace braid::runtime
