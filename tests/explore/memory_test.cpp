// The heap: uses after free, and whose memory outlives an execution.
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/explore/expect.hpp"

namespace {

TEST(MemoryTest, UseAfterFreeIsFoundInEitherOrder) {
    int line = 0;
    const auto r = expect_wrong("use-after-free", [&] {
        auto* value = new int(1);
        std::thread a([value] { delete value; });
        line = __LINE__ + 1;
        *value = 2;
        a.join();
    });
    EXPECT_NE(r.report.find("memory_test.cpp:" + std::to_string(line)), std::string::npos)
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
