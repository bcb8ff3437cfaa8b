#pragma once

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "common/runtime/sanitizers.hpp"

// Replaces operator new by one that counts. To be included by one file of an executable, named
// *_memory_test.cpp. The sanitizers bring an allocator of their own: there is nothing to count
// under them, and BRAID_COUNTS_ALLOCATIONS is 0.
#define BRAID_COUNTS_ALLOCATIONS (!BRAID_TSAN && !BRAID_ASAN)

#if BRAID_COUNTS_ALLOCATIONS

namespace braid_test {

inline std::atomic<long> bytes_in_use{0};
inline std::atomic<long> allocations{0};  // of all tasks
inline thread_local long allocations_of_this_task = 0;

// Allocations of the calling task during f().
template <class F>
long allocations_of(const F& f) {
    const long before = allocations_of_this_task;
    f();
    return allocations_of_this_task - before;
}

inline void* allocate(std::size_t size, std::size_t alignment) {
    const std::size_t unit = std::max(alignment, alignof(std::max_align_t));
    void* const p = std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
    if (p == nullptr) throw std::bad_alloc();
    bytes_in_use.fetch_add(static_cast<long>(malloc_usable_size(p)), std::memory_order_relaxed);
    allocations.fetch_add(1, std::memory_order_relaxed);
    ++allocations_of_this_task;
    return p;
}

inline void release(void* p) noexcept {
    if (p == nullptr) return;
    bytes_in_use.fetch_sub(static_cast<long>(malloc_usable_size(p)), std::memory_order_relaxed);
    std::free(p);
}

}  // namespace braid_test

// NOLINTBEGIN(misc-definitions-in-headers): see above
// Not inlined: g++ would see one without the other, and take them for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) { return braid_test::allocate(size, 1); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    return braid_test::allocate(size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* p) noexcept { braid_test::release(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { braid_test::release(p); }
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept {
    braid_test::release(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    braid_test::release(p);
}
// NOLINTEND(misc-definitions-in-headers)

#endif
