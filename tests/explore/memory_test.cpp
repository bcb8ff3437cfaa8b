// The heap: uses after free, and whose memory outlives an execution.
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
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

// Made before main.
std::vector<int> numbers(3, 1);
std::unique_ptr<int> owned = std::make_unique<int>(4);
int* const shared = new int(5);

TEST(MemoryTest, WhatGlobalsOwnIsTheSameBeforeEachExecution) {
    const auto body = [] {
        explore::require(numbers == std::vector{1, 1, 1}, "left by the execution before");
        explore::require(owned && *owned == 4, "left by the execution before");
        std::thread other([] { numbers[0] = 2; });
        other.join();
        numbers.resize(100, 5);
        owned.reset();
    };
    expect_right(body);
    EXPECT_EQ(numbers, (std::vector{1, 1, 1}));
    EXPECT_EQ(*owned, 4);
    numbers[1] = 1;
    expect_right(body);
}

TEST(MemoryTest, WhatGlobalsOwnCanBeUsedAfterFree) {
    expect_wrong("use-after-free", [] {
        std::thread other([] { delete shared; });
        explore::require(*shared == 5, "read");
        other.join();
    });
}

TEST(MemoryTest, WhatTheTestOwnsCannotBeFreedByTheBody) {
    int* const outer = new int(1);
    const auto r = expect_wrong("misuse", [=] { delete outer; });
    EXPECT_NE(r.found->text.find("from before the execution"), std::string::npos) << r.found->text;
    delete outer;
}

TEST(MemoryTest, WhatTheCLibraryGivesTheBodyFrees) {
    expect_right([] {
        char* const text = strdup("text");
        explore::require(text[3] == 't', "copied");
        std::free(text);
    });
}

}  // namespace
