// What a context costs in allocations (CX-29, TestAllocs): the ceilings are Go's. The sanitizers
// bring an allocator of their own, so there is nothing to count under them.
#include <cstdlib>
#include <new>

#include "patterns/context/context.hpp"
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

namespace braid {
namespace {

using namespace std::chrono_literals;

class ContextAllocTest : public braid_test::fixture {};

// Allocations of one call, when what is made once has been made.
template <class F>
double allocations_of(F f) {
    f();
    constexpr int runs = 100;
    const std::size_t before = allocations;
    for (int i = 0; i < runs; ++i) f();
    return static_cast<double>(allocations - before) / runs;
}

TEST_F(ContextAllocTest, TheRootCostsNothing) {
    EXPECT_EQ(allocations_of([] { return background().err().value(); }), 0);
}

TEST_F(ContextAllocTest, AValueStaysUnderGosCeiling) {
    EXPECT_LE(
        allocations_of([] { return with_value<int>(background(), 1).value<int>() != nullptr; }), 3);
}

TEST_F(ContextAllocTest, ACancelStaysUnderGosCeiling) {
    EXPECT_LE(allocations_of([] {
                  auto ctx = with_cancel(background());
                  ctx.cancel();
                  ctx.done().receive();
              }),
              5);
}

TEST_F(ContextAllocTest, ATimeoutStaysUnderGosCeiling) {
    EXPECT_LE(allocations_of([] {
                  auto ctx = with_timeout(background(), 5ms);
                  ctx.cancel();
                  ctx.done().receive();
              }),
              8);
    EXPECT_LE(allocations_of([] {
                  const auto ctx = with_timeout(background(), 1ns);
                  ctx.done().receive();
              }),
              12);
}

// Looking at a context, and waiting under it again and again, is free.
TEST_F(ContextAllocTest, UsingAContextCostsNothing) {
    const auto ctx = with_cancel(with_value<int>(background(), 1));
    const auto ch = make_channel<int>(1);
    const auto use = [&](context copy) {
        if (copy.err() || copy.value<int>() == nullptr || !ch.send(copy, 1)) ADD_FAILURE();
        ch.receive(copy);
    };
    EXPECT_EQ(allocations_of([&] { use(ctx); }), 0);
}

}  // namespace
}  // namespace braid

#endif
