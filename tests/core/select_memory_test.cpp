// What select and channels cost in memory: test/chan/select2.go, and less. This executable replaces
// operator new to count.
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace {

std::atomic<long> bytes_in_use{0};
std::atomic<long> allocations{0};

void* allocate(std::size_t size, std::size_t alignment) {
    void* const p =
        alignment <= alignof(std::max_align_t)
            ? std::malloc(size)
            : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (p == nullptr) throw std::bad_alloc();
    bytes_in_use.fetch_add(static_cast<long>(malloc_usable_size(p)), std::memory_order_relaxed);
    allocations.fetch_add(1, std::memory_order_relaxed);
    return p;
}

void release(void* p) noexcept {
    if (p == nullptr) return;
    bytes_in_use.fetch_sub(static_cast<long>(malloc_usable_size(p)), std::memory_order_relaxed);
    std::free(p);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }

namespace braid {
namespace {

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

}  // namespace
}  // namespace braid
