// Locks, queues and barriers out of atomics and loops, as people write them: all of them are right.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

using namespace std::chrono_literals;

// Two threads that count with `lock` and `unlock` around it.
template <class Lock>
void expect_to_exclude(int preemptions = 2) {
    expect_right(
        [] {
            Lock lock;
            int counter = 0;
            const auto add = [&](int who) {
                lock.lock(who);
                ++counter;
                lock.unlock(who);
            };
            std::thread other(add, 1);
            add(0);
            other.join();
            explore::require(counter == 2, "an update is lost");
        },
        preemptions);
}

TEST(SpinLockTest, ATicketLockLocks) {
    struct ticket_lock {
        std::atomic<unsigned> next{0};
        std::atomic<unsigned> serving{0};
        void lock(int) {
            const unsigned mine = next.fetch_add(1, std::memory_order_relaxed);
            while (serving.load(std::memory_order_acquire) != mine) {
            }
        }
        void unlock(int) { serving.fetch_add(1, std::memory_order_release); }
    };
    expect_to_exclude<ticket_lock>();
}

TEST(SpinLockTest, PetersonsLockLocks) {
    struct peterson_lock {
        std::atomic<bool> wants[2]{};
        std::atomic<int> last{0};
        void lock(int who) {
            wants[who].store(true);
            last.store(who);
            while (wants[1 - who].load() && last.load() == who) {
            }
        }
        void unlock(int who) { wants[who].store(false); }
    };
    expect_to_exclude<peterson_lock>();
}

TEST(SpinLockTest, ALockThatBacksOffLocks) {
    struct patient_lock {
        std::atomic<bool> locked{false};
        void lock(int) {
            int pause = 1;
            bool expected = false;
            while (!locked.compare_exchange_weak(expected, true, std::memory_order_acquire)) {
                expected = false;
                for (int i = 0; i != pause; ++i) __builtin_ia32_pause();
                pause *= 2;
                while (locked.load(std::memory_order_relaxed)) std::this_thread::sleep_for(1us);
            }
        }
        void unlock(int) { locked.store(false, std::memory_order_release); }
    };
    expect_to_exclude<patient_lock>();
}

// Each waits at the node of the one before.
TEST(SpinLockTest, AQueueLockLocks) {
    struct queue_lock {
        struct node {
            std::atomic<node*> next{nullptr};
            std::atomic<bool> waits{false};
        };
        std::atomic<node*> tail{nullptr};
        node nodes[2];
        void lock(int who) {
            node& mine = nodes[who];
            mine.next.store(nullptr, std::memory_order_relaxed);
            mine.waits.store(true, std::memory_order_relaxed);
            node* const before = tail.exchange(&mine, std::memory_order_acq_rel);
            if (before == nullptr) return;
            before->next.store(&mine, std::memory_order_release);
            while (mine.waits.load(std::memory_order_acquire)) {
            }
        }
        void unlock(int who) {
            node* mine = &nodes[who];
            if (tail.compare_exchange_strong(mine, nullptr, std::memory_order_release)) return;
            node* next = nullptr;
            while ((next = nodes[who].next.load(std::memory_order_acquire)) == nullptr) {
            }
            next->waits.store(false, std::memory_order_release);
        }
    };
    expect_to_exclude<queue_lock>();
}

TEST(SpinLockTest, ARingOfOnePlaceCarriesAll) {
    expect_right([] {
        std::atomic<int> put{0};
        std::atomic<int> taken{0};
        int place = 0;
        std::thread producer([&] {
            for (int i = 0; i != 3; ++i) {
                while (taken.load(std::memory_order_acquire) != i) {
                }
                place = i;
                put.store(i + 1, std::memory_order_release);
            }
        });
        for (int i = 0; i != 3; ++i) {
            while (put.load(std::memory_order_acquire) == i) {
            }
            explore::require(place == i, "in order");
            taken.store(i + 1, std::memory_order_release);
        }
        producer.join();
    });
}

TEST(SpinLockTest, ASequenceLockShowsWholeValues) {
    expect_right([] {
        std::atomic<unsigned> version{0};
        std::atomic<int> a{0};
        std::atomic<int> b{0};
        std::thread writer([&] {
            version.store(1, std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_release);
            a.store(1, std::memory_order_relaxed);
            b.store(1, std::memory_order_relaxed);
            version.store(2, std::memory_order_release);
        });
        int first = 0;
        int second = 0;
        for (;;) {
            const unsigned before = version.load(std::memory_order_acquire);
            first = a.load(std::memory_order_relaxed);
            second = b.load(std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_acquire);
            if (before % 2 == 0 && version.load(std::memory_order_relaxed) == before) break;
        }
        explore::require(first == second, "half a write");
        writer.join();
    });
}

TEST(SpinLockTest, ABarrierOfFlagsKeepsPhasesApart) {
    expect_right([] {
        std::atomic<int> waiting{0};
        std::atomic<bool> sense{false};
        std::atomic<int> done{0};
        const auto work = [&] {
            for (const bool mine : {true, false}) {
                done.fetch_add(1);
                if (waiting.fetch_add(1) == 1) {
                    waiting.store(0);
                    sense.store(mine);
                } else {
                    while (sense.load() != mine) {
                    }
                }
                explore::require(done.load() >= (mine ? 2 : 4), "a phase early");
            }
        };
        std::thread other(work);
        work();
        other.join();
    });
}

}  // namespace
