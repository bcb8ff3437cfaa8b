// What happens when a thread is at its end: notify_all_at_thread_exit, futures that become ready
// there, and the keys of POSIX.
#include <gtest/gtest.h>
#include <pthread.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

// Says that it has gone.
struct last_words {
    explicit last_words(bool& g) : gone(g) {}
    ~last_words() { gone = true; }
    bool& gone;
};

TEST(ThreadEndTest, FuturesBecomeReadyAfterThreadLocals) {
    expect_right([] {
        bool gone = false;
        std::promise<int> promise;
        std::packaged_task<int()> work([&] {
            thread_local const last_words mine(gone);
            return mine.gone ? 1 : 2;
        });
        std::future<int> first = promise.get_future();
        std::future<int> second = work.get_future();
        std::thread t([&] {
            promise.set_value_at_thread_exit(1);
            work.make_ready_at_thread_exit();
        });
        explore::require(first.get() == 1 && gone, "ready before the thread's objects have gone");
        explore::require(second.get() == 2, "the result of another");
        t.join();
    });
}

TEST(ThreadEndTest, NotifyAllUnlocksAfterThreadLocals) {
    expect_right([] {
        bool gone = false;
        bool over = false;
        std::mutex m;
        std::condition_variable changed;
        std::thread t([&] {
            thread_local const last_words mine(gone);
            std::unique_lock lock(m);
            over = !mine.gone;
            std::notify_all_at_thread_exit(changed, std::move(lock));
        });
        {
            std::unique_lock lock(m);
            changed.wait(lock, [&] { return over; });
            explore::require(gone, "told before the thread's objects have gone");
        }
        t.join();
    });
}

TEST(ThreadEndTest, ItIsNotReadyBefore) {
    expect_wrong("deadlock", [] {
        std::promise<void> promise;
        std::promise<void> goes_on;
        std::thread t([&] {
            promise.set_value_at_thread_exit();
            goes_on.get_future().wait();
        });
        promise.get_future().wait();
        goes_on.set_value();
        t.join();
    });
}

TEST(ThreadEndTest, KeysHoldAValueForEachThread) {
    expect_right([] {
        pthread_key_t key;
        explore::require(
            pthread_key_create(&key, [](void* p) { delete static_cast<int*>(p); }) == 0,
            "no more keys");
        const auto use = [key](int n) {
            explore::require(pthread_getspecific(key) == nullptr, "a value of another thread");
            pthread_setspecific(key, new int(n));
            std::this_thread::yield();
            explore::require(*static_cast<int*>(pthread_getspecific(key)) == n, "overwritten");
        };
        std::thread a(use, 1);
        std::thread b(use, 2);
        a.join();
        b.join();
    });
}

TEST(ThreadEndTest, DestructorsOfKeysMaySetValues) {
    static int left;
    static pthread_key_t key;
    expect_right([] {
        left = 2;
        explore::require(pthread_key_create(&key,
                                            [](void* p) {
                                                if (--left > 0) pthread_setspecific(key, p);
                                            }) == 0,
                         "no more keys");
        std::thread([] { pthread_setspecific(key, &left); }).join();
        explore::require(left == 0, "not called again");
        explore::require(pthread_key_delete(key) == 0, "deleted by somebody else");
    });
}

TEST(ThreadEndTest, DestructorsOfKeysRace) {
    int line = 0;
    const auto r = expect_wrong("data-race", [&] {
        int ends = 0;
        pthread_key_t key;
        line = __LINE__ + 1;
        pthread_key_create(&key, [](void* counter) { ++*static_cast<int*>(counter); });
        const auto use = [&] { pthread_setspecific(key, &ends); };
        std::thread a(use);
        std::thread b(use);
        a.join();
        b.join();
    });
    EXPECT_EQ(r.found->place, "thread_end_test.cpp:" + std::to_string(line)) << r.report;
}

}  // namespace
