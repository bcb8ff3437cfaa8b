#pragma once

#include <cstddef>

#include "common/runtime/sanitizers.hpp"

// The stacks of fibers: address space that gets memory when it is touched, with a guard page below,
// so that who overflows it dies and damages nobody.
namespace braid::runtime {

struct stack {
    std::byte* low = nullptr;  // the lowest byte that may be used; the guard is below
    std::size_t size = 0;      // bytes

    std::byte* top() const noexcept { return low + size; }
    bool guards(const void* address) const noexcept;  // true if it lies in the guard page
};

// Sanitizers make frames larger.
inline constexpr std::size_t default_stack_size = (BRAID_TSAN || BRAID_ASAN ? 4 : 1) * 64 * 1024;

// A stack of `size` bytes at least; 0 for the default. Stacks of the default size are kept for
// later ones, the last one used first, because its memory is still in the cache.
// Throws std::system_error when the system gives no more memory, naming the limits to look at.
stack take_stack(std::size_t size);
void give_back(stack s) noexcept;  // ignores an empty one

}  // namespace braid::runtime
