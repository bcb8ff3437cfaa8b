#pragma once

#include "common/runtime/life.hpp"

// The runtime that gives each task a thread of the system: what ThreadSanitizer sees best.
namespace braid::runtime::threads {

void start(birth b);
void yield() noexcept;
std::size_t worker_index() noexcept;
std::size_t worker_count() noexcept;

}  // namespace braid::runtime::threads
