// What the C++ library builds on top: semaphores, latches, barriers, call_once, statics, futures.
// And memory.
#include <gtest/gtest.h>

#include <barrier>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/explore/expect.hpp"

namespace {

TEST(SemaphoreTest, OneOfOneExcludes) {
    expect_right([] {
        std::binary_semaphore free(1);
        int counter = 0;
        const auto add = [&] {
            free.acquire();
            ++counter;
            free.release();
        };
        std::thread a(add);
        add();
        a.join();
        explore::require(counter == 2, "an update is lost");
    });
}

TEST(SemaphoreTest, APermitThatIsNotGivenBackIsADeadlock) {
    expect_wrong("deadlock", [] {
        std::counting_semaphore<2> free(1);
        std::thread a([&] { free.acquire(); });
        free.acquire();
        a.join();
    });
}

TEST(LatchTest, WaitsForAll) {
    expect_right(
        [] {
            std::latch done(2);
            int left = 0;
            int right = 0;
            std::thread a([&] {
                left = 1;
                done.count_down();
            });
            std::thread b([&] {
                right = 1;
                done.count_down();
            });
            done.wait();
            explore::require(left + right == 2, "one is missing");
            a.join();
            b.join();
        },
        1);
}

TEST(LatchTest, CountedTooHighItNeverOpens) {
    expect_wrong("deadlock", [] {
        std::latch done(2);
        std::thread a([&] { done.count_down(); });
        done.wait();
        a.join();
    });
}

TEST(BarrierTest, PhasesDoNotOverlap) {
    expect_right(
        [] {
            std::barrier both(2);
            int left = 0;
            int right = 0;
            std::thread a([&] {
                left = 1;
                both.arrive_and_wait();
                explore::require(right == 1, "the other is not there yet");
            });
            right = 1;
            both.arrive_and_wait();
            explore::require(left == 1, "the other is not there yet");
            a.join();
        },
        1);
}

TEST(CallOnceTest, CallsOnce) {
    expect_right([] {
        std::once_flag flag;
        int calls = 0;
        const auto call = [&] {
            std::call_once(flag, [&] { ++calls; });
            explore::require(calls == 1, "not called once");
        };
        std::thread a(call);
        call();
        a.join();
    });
}

TEST(CallOnceTest, ACallThatThrowsIsMadeAgain) {
    expect_right([] {
        std::once_flag flag;
        int calls = 0;
        const auto call = [&] {
            try {
                std::call_once(flag, [&] {
                    if (++calls == 1) throw std::runtime_error("first");
                });
            } catch (const std::runtime_error&) {
            }
        };
        std::thread a(call);
        call();
        a.join();
        explore::require(calls == 2, "not called again");
    });
}

TEST(CallOnceTest, ACheckOfAPlainFlagIsNone) {
    expect_wrong("data-race", [] {
        std::once_flag flag;
        bool done = false;
        const auto call = [&] {
            if (!done) std::call_once(flag, [&] { done = true; });
        };
        std::thread a(call);
        call();
        a.join();
    });
}

TEST(StaticTest, IsMadeOnceInEachExecution) {
    const auto r = expect_right([] {
        static std::atomic<int> made{0};
        made.store(0);
        const auto use = [] {
            static const std::vector<int> table = [] {
                ++made;
                return std::vector<int>{1, 2, 3};
            }();
            explore::require(table.size() == 3, "not made yet");
        };
        std::thread a(use);
        use();
        a.join();
        explore::require(made.load() == 1, "not made once");
    });
    EXPECT_GT(r.executions, 1u);
}

TEST(StaticTest, ALazyPointerIsNone) {
    expect_wrong("data-race", [] {
        int* made = nullptr;
        const auto use = [&] {
            if (made == nullptr) made = new int(3);
            explore::require(*made == 3, "not made");
        };
        std::thread a(use);
        use();
        a.join();
    });
}

TEST(FutureTest, CarriesAValue) {
    expect_right(
        [] {
            auto answer =
                std::async(std::launch::async, [] { return std::string("a long answer ......"); });
            explore::require(answer.get().size() == 20, "another answer");
        },
        1);
}

TEST(FutureTest, CarriesAnException) {
    expect_right(
        [] {
            std::promise<int> promise;
            std::thread a([&] {
                try {
                    throw std::runtime_error("none");
                } catch (...) {
                    promise.set_exception(std::current_exception());
                }
            });
            try {
                promise.get_future().get();
                explore::fail("no exception");
            } catch (const std::runtime_error& e) {
                explore::require(std::string(e.what()) == "none", "another exception");
            }
            a.join();
        },
        1);
}

TEST(FutureTest, APromiseThatIsKeptTooLongIsADeadlock) {
    expect_wrong("deadlock", [] {
        std::promise<int> promise;
        promise.get_future().get();
    });
}

TEST(MemoryTest, UseAfterFreeIsFoundInEitherOrder) {
    int line = 0;
    const auto r = expect_wrong("use-after-free", [&] {
        auto* value = new int(1);
        std::thread a([value] { delete value; });
        line = __LINE__ + 1;
        *value = 2;
        a.join();
    });
    EXPECT_NE(r.report.find("library_test.cpp:" + std::to_string(line)), std::string::npos)
        << r.report;
}

TEST(MemoryTest, FreeTwiceIsFound) {
    expect_wrong("double-free", [] {
        int* volatile value = new int(1);
        delete value;
        delete value;
    });
}

TEST(MemoryTest, ANotificationAfterTheWaiterHasGoneIsFound) {
    expect_wrong("use-after-free", [] {
        struct shared {
            std::mutex m;
            std::condition_variable done;
            bool is_done = false;
        };
        auto* const s = new shared;
        std::thread worker([s] {
            {
                std::lock_guard lock(s->m);
                s->is_done = true;
            }
            s->done.notify_one();
        });
        {
            std::unique_lock lock(s->m);
            s->done.wait(lock, [s] { return s->is_done; });
        }
        delete s;
        worker.join();
    });
}

TEST(MemoryTest, WhatTheCLibraryAllocatesOutlivesTheExecution) {
    std::FILE* const file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    expect_right([&] {
        std::vector<int> before(100, 1);
        std::fputs("its buffer is allocated with the first text\n", file);
        explore::require(before == std::vector<int>(100, 1), "written over");
    });
    std::fclose(file);
    const auto r = explore::check({.executions = 3}, [] {
        std::vector<char> other(5000, 'x');
        explore::require(other[4999] == 'x', "written over");
    });
    EXPECT_TRUE(r.ok()) << r.report;
}

}  // namespace
