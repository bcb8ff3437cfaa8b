// What once_func and once_value cost in allocations (OF-4; the counts of TestOnceFunc and
// TestOnceValue).
#include "patterns/once/once_value.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/counted_new.hpp"

#if BRAID_COUNTS_ALLOCATIONS

namespace braid::once_memory_test {

using braid_test::allocations_of;

class OnceMemoryTest : public braid_test::fixture {};

TEST_F(OnceMemoryTest, AOnceCostsNothing) {
    EXPECT_EQ(allocations_of([] {
                  once o;
                  o.call([] {});
                  o.call([] {});
              }),
              0);
}

TEST_F(OnceMemoryTest, ARepeatedCallCostsNothing) {
    const auto f = once_func([] {});
    const auto value = once_value([] { return std::string(100, 'x'); });
    f();
    static_cast<void>(value());
    EXPECT_EQ(allocations_of([&] { f(); }), 0);
    EXPECT_EQ(allocations_of([&] { static_cast<void>(value()); }), 0);
    const auto call_a_copy = [](once_func copy) { copy(); };
    EXPECT_EQ(allocations_of([&] { call_a_copy(f); }), 0);
}

TEST_F(OnceMemoryTest, MakingOneStaysUnderGosCeiling) {
    int calls = 0;
    EXPECT_LE(allocations_of([&] { static_cast<void>(once_func([&] { ++calls; })); }), 2);
    EXPECT_LE(allocations_of([&] { static_cast<void>(once_value([&] { return ++calls; })); }), 2);
}

}  // namespace braid::once_memory_test

#endif
