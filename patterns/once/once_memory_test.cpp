// What once_func and once_value cost in allocations (OF-4; the counts of TestOnceFunc and
// TestOnceValue). The sanitizers bring an allocator of their own, so there is nothing to count
// under them.
#include <cstdlib>
#include <new>

#include "patterns/once/once.hpp"
#include "tests/support/braid_test.hpp"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define BRAID_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define BRAID_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef BRAID_COUNTS_ALLOCATIONS
#define BRAID_COUNTS_ALLOCATIONS 1
#endif

#if BRAID_COUNTS_ALLOCATIONS

namespace {
thread_local std::size_t allocations = 0;
}

// Not inlined: g++ would see new without its malloc, and take free for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const p = std::malloc(size)) return p;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace braid::once_memory_test {

class OnceAllocTest : public braid_test::fixture {};

// Allocations of one call of f.
template <class F>
std::size_t allocations_of(const F& f) {
    const std::size_t before = allocations;
    f();
    return allocations - before;
}

TEST_F(OnceAllocTest, AOnceCostsNothing) {
    EXPECT_EQ(allocations_of([] {
                  once o;
                  o.call([] {});
                  o.call([] {});
              }),
              0U);
}

TEST_F(OnceAllocTest, ARepeatedCallCostsNothing) {
    const auto f = once_func([] {});
    const auto value = once_value([] { return std::string(100, 'x'); });
    f();
    static_cast<void>(value());
    EXPECT_EQ(allocations_of([&] { f(); }), 0U);
    EXPECT_EQ(allocations_of([&] { static_cast<void>(value()); }), 0U);
    const auto call_a_copy = [](once_func copy) { copy(); };
    EXPECT_EQ(allocations_of([&] { call_a_copy(f); }), 0U);
}

TEST_F(OnceAllocTest, MakingOneStaysUnderGosCeiling) {
    int calls = 0;
    EXPECT_LE(allocations_of([&] { static_cast<void>(once_func([&] { ++calls; })); }), 2U);
    EXPECT_LE(allocations_of([&] { static_cast<void>(once_value([&] { return ++calls; })); }), 2U);
}

}  // namespace braid::once_memory_test

#endif
