// Boost.Lockfree, unmodified. What is handed over is plain: where an operation orders too little,
// that is a data race.
#include <gtest/gtest.h>

#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/lockfree/stack.hpp>
#include <thread>

#include "tests/explore/public/expect.hpp"

namespace {

namespace lockfree = boost::lockfree;

// The values 1 and 2 go through `q`, by their addresses; the receiver tries as often.
template <class Queue>
void hand_over(Queue& q) {
    int values[2] = {};
    std::thread sends([&] {
        for (int i = 0; i < 2; ++i) {
            values[i] = i + 1;
            q.push(&values[i]);
        }
    });
    for (int last = 0, i = 0; i < 2; ++i) {
        int* got = nullptr;
        if (!q.pop(got)) continue;
        explore::require(*got > last, "lost, or out of order");
        last = *got;
    }
    sends.join();
}

TEST(BoostLockfreeTest, SpscQueueHandsOver) {
    expect_nothing([] {
        lockfree::spsc_queue<int*, lockfree::capacity<2>> q;
        hand_over(q);
    });
    expect_nothing([] {  // full in between
        lockfree::spsc_queue<int*> q(1);
        hand_over(q);
    });
}

TEST(BoostLockfreeTest, SpscQueueConsumes) {
    expect_nothing([] {
        lockfree::spsc_queue<int*, lockfree::capacity<2>> q;
        int value = 0;
        std::thread sends([&] {
            value = 1;
            q.push(&value);
        });
        const auto look = [](const int* p) { explore::require(*p == 1, "not ordered"); };
        q.consume_one(look);
        if (q.read_available() > 0) look(q.front());
        q.consume_all(look);
        sends.join();
    });
}

TEST(BoostLockfreeTest, QueueHandsOver) {
    expect_nothing([] {
        lockfree::queue<int*> q(2);
        hand_over(q);
    });
}

TEST(BoostLockfreeTest, StackHandsOver) {
    expect_nothing([] {
        lockfree::stack<int*> s(1);
        int value = 0;
        std::thread sends([&] {
            value = 1;
            s.push(&value);
        });
        int* got = nullptr;
        if (s.pop(got)) explore::require(*got == 1, "not ordered");
        sends.join();
    });
}

// Two threads take, and one puts back: what it puts back stands in a node that is used again.
template <class Container>
void use_again(Container& c) {
    c.push(1);
    std::thread other([&] {
        int taken = 0;
        c.pop(taken);
        c.push(2);
    });
    int got = 0;
    c.pop(got);
    other.join();
}

// Who wants the first node of a stack, or of the list of free nodes that the queue has, too, reads
// its `next` before it is known that the node is still the first. By then another may have taken it
// and write to it. On one side at least the access is plain, so that is undefined behaviour; the
// value that was read is thrown away, as the exchange that follows fails by its tag. Known:
// github.com/boostorg/lockfree issues 22 and 78, both open.
TEST(BoostLockfreeTest, StackRacesForANode) {
    expect_found("data-race", [] {
        lockfree::stack<int> s(1);
        use_again(s);
    });
    expect_found("data-race", [] {
        lockfree::stack<int, lockfree::capacity<1>> s;
        use_again(s);
    });
}

TEST(BoostLockfreeTest, QueueRacesForANode) {
    expect_found("data-race", [] {
        lockfree::queue<int> q(2);
        use_again(q);
    });
    expect_found("data-race", [] {
        lockfree::queue<int> q(2);
        std::thread other([&] { q.push(1); });
        q.push(2);
        other.join();
    });
}

}  // namespace
