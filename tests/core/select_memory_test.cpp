// What select and channels cost in memory: test/chan/select2.go, and less.
#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/counted_new.hpp"

#if BRAID_COUNTS_ALLOCATIONS

namespace braid::select_memory_test {

using braid_test::allocations;
using braid_test::bytes_in_use;

class SelectMemoryTest : public braid_test::fixture {};

void exchange(int n) {
    const auto c = make_channel<int>();
    const auto dummy = make_channel<int>();
    task sender = go([=] {
        for (int i = 0; i < n; ++i) c.send(1);
    });
    for (int i = 0; i < n; ++i) select(receive(c), receive(dummy, [] { ADD_FAILURE(); }));
}

// Go allows a kilobyte for a thousand selects, for its collector's sake. What remains here is what
// the last task has not yet given back.
TEST_F(SelectMemoryTest, RepeatedSelectsKeepNoMemory) {  // select2.go; SEL-18
    const int n = braid_test::repeat(40000);
    exchange(n);  // warm up
    const long before = bytes_in_use;
    exchange(n);
    EXPECT_LE(bytes_in_use - before, 4096);
}

TEST_F(SelectMemoryTest, RepeatedParkedSelectsKeepNoMemory) {  // SEL-10, SEL-18
    const auto c = make_channel<int>();
    const auto d = make_channel<int>();
    const auto never = make_channel<int>();
    const int n = braid_test::repeat(2000);
    task t = go([=] {
        for (int i = 0; i < 2 * n + 2; ++i)
            select(receive(c), send(never, i), receive(never), receive(d));
    });
    const auto wake = [&](int times) {
        for (int i = 0; i < times; ++i) (i % 2 == 0 ? c : d).send(i);
        lifecycle::settle();
    };
    wake(n + 1);
    const long before = bytes_in_use;
    wake(n);
    EXPECT_LE(bytes_in_use, before);
    c.send(0);
}

TEST_F(SelectMemoryTest, ASelectThatNeedNotWaitAllocatesNothing) {
    const auto c = make_channel<int>(1);
    const auto never = make_channel<int>();
    const long before = allocations;
    for (int i = 0; i < 1000; ++i) {
        select(send(c, i), receive(never));
        select(receive(c), receive(never), otherwise());
        select(receive(never), when(i % 2 == 0, [&] { return send(never, i); }), otherwise());
    }
    EXPECT_EQ(allocations, before);
}

TEST_F(SelectMemoryTest, SendAndReceiveAllocateNothing) {
    const auto c = make_channel<int>(8);
    const auto back = make_channel<unit>();
    task t = go([=] {
        for ([[maybe_unused]] const int v : c) {
        }
        back.send({});
    });
    c.send(0);
    const long before = allocations;
    for (int i = 0; i < 1000; ++i) c.send(i);
    static_cast<void>(c.try_send(0));
    const long after = allocations;
    c.close();
    back.receive();
    EXPECT_EQ(after, before);
}

}  // namespace braid::select_memory_test

#endif
