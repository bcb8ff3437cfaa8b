// What a context costs in allocations (CX-29, TestAllocs): the ceilings are Go's.
#include "patterns/context/context.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/counted_new.hpp"

#if BRAID_COUNTS_ALLOCATIONS

namespace braid::context_memory_test {

using namespace std::chrono_literals;

class ContextMemoryTest : public braid_test::fixture {};

// Allocations of one call, when what is made once has been made.
template <class F>
double allocations_of(F f) {
    f();
    constexpr int runs = 100;
    const long all = braid_test::allocations_of([&] {
        for (int i = 0; i < runs; ++i) f();
    });
    return static_cast<double>(all) / runs;
}

TEST_F(ContextMemoryTest, TheRootCostsNothing) {
    EXPECT_EQ(allocations_of([] { return background().err().value(); }), 0);
}

TEST_F(ContextMemoryTest, AValueStaysUnderGosCeiling) {
    EXPECT_LE(
        allocations_of([] { return with_value<int>(background(), 1).value<int>() != nullptr; }), 3);
}

TEST_F(ContextMemoryTest, ACancelStaysUnderGosCeiling) {
    EXPECT_LE(allocations_of([] {
                  auto ctx = with_cancel(background());
                  ctx.cancel();
                  ctx.done().receive();
              }),
              5);
}

TEST_F(ContextMemoryTest, ATimeoutStaysUnderGosCeiling) {
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
TEST_F(ContextMemoryTest, UsingAContextCostsNothing) {
    const auto ctx = with_cancel(with_value<int>(background(), 1));
    const auto ch = make_channel<int>(1);
    const auto use = [&](context copy) {
        if (copy.err() || copy.value<int>() == nullptr || !ch.send(copy, 1)) ADD_FAILURE();
        ch.receive(copy);
    };
    EXPECT_EQ(allocations_of([&] { use(ctx); }), 0);
}

}  // namespace braid::context_memory_test

#endif
