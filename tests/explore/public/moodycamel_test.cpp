// moodycamel's queues (libconcurrentqueue-dev), unmodified, with blocks of two so that few
// operations fill one. The blocking ones wait on a semaphore of POSIX.
#include <concurrentqueue/blockingconcurrentqueue.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/explore/public/expect.hpp"

namespace {

struct small : moodycamel::ConcurrentQueueDefaultTraits {
    static constexpr std::size_t BLOCK_SIZE = 2;
    static constexpr std::size_t EXPLICIT_INITIAL_INDEX_SIZE = 2;
    static constexpr std::size_t IMPLICIT_INITIAL_INDEX_SIZE = 2;
    static constexpr std::size_t INITIAL_IMPLICIT_PRODUCER_HASH_SIZE = 2;
    static constexpr int MAX_SEMA_SPINS = 0;
};
using queue = moodycamel::ConcurrentQueue<int, small>;

TEST(MoodycamelTest, HandsOver) {
    expect_nothing([] {
        moodycamel::ConcurrentQueue<int*, small> q(4);
        int values[3] = {};
        std::thread sends([&] {
            for (int i = 0; i < 3; ++i) {
                values[i] = i + 1;
                q.enqueue(&values[i]);
            }
        });
        int* got = nullptr;
        for (int last = 0; q.try_dequeue(got); last = *got)
            explore::require(*got == last + 1, "lost, or out of order");
        sends.join();
    });
}

TEST(MoodycamelTest, TwoSenders) {
    expect_nothing([] {
        queue q(4);
        std::thread a([&] { q.enqueue(1); });
        std::thread b([&] { q.enqueue(2); });
        a.join();
        b.join();
        int first = 0;
        int second = 0;
        explore::require(q.try_dequeue(first) && q.try_dequeue(second) && first + second == 3,
                         "lost");
    });
}

// The sender has filled a block; two empty it, and it is used again.
void reuse_a_block() {
    queue q(0);
    q.enqueue(1);
    q.enqueue(2);
    const auto take = [&] {
        int got = 0;
        static_cast<void>(q.try_dequeue(got));
    };
    std::thread a(take);
    std::thread b(take);
    q.enqueue(3);
    a.join();
    b.join();
}

// Who takes the last value out of a block gives the block back. In the versions before 1.0.5 that
// is not ordered after what the others took: elementsCompletelyDequeued.fetch_add(1) only releases.
// So the sender may write into a place that another still reads. Known: issue 404 of
// github.com/cameron314/concurrentqueue, mended there by commit 0d54c67.
TEST(MoodycamelTest, ABlockIsUsedAgainWhenAllHaveReadIt) {
    if (MOODYCAMEL_ORDERS_REUSE)
        expect_nothing(reuse_a_block);
    else
        expect_found("data-race", reuse_a_block);
}

TEST(MoodycamelTest, SemaphoreLosesNoSignal) {
    expect_nothing([] {
        moodycamel::LightweightSemaphore s(0, 0);
        int value = 0;
        std::thread signals([&] {
            value = 1;
            s.signal(2);
        });
        std::thread other([&] { s.wait(); });
        s.wait();
        explore::require(value == 1, "not ordered");
        signals.join();
        other.join();
    });
}

TEST(MoodycamelTest, BlockingQueueHandsOver) {
    expect_nothing([] {
        moodycamel::BlockingConcurrentQueue<int*, small> q(2);
        int value = 0;
        std::thread sends([&] {
            value = 1;
            q.enqueue(&value);
        });
        int* got = nullptr;
        q.wait_dequeue(got);
        explore::require(*got == 1, "not ordered");
        sends.join();
    });
}

}  // namespace
