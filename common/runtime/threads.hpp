#pragma once

#include "common/runtime/runtime.hpp"

// The runtime that gives each task a thread of the system: what ThreadSanitizer sees best.
namespace braid::runtime::threads {

std::uint64_t start(std::shared_ptr<job> j, const start_options& options);
void yield() noexcept;
std::size_t worker_index() noexcept;
std::size_t worker_count() noexcept;

}  // namespace braid::runtime::threads
