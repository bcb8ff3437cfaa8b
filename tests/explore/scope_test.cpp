// Variables of functions that have returned, and crashes.
#include <atomic>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

[[gnu::noinline]] void set(std::atomic<int>& to, int value) { to.store(value); }

// The thread, which may be slow, gets a reference to a variable of this function.
[[gnu::noinline]] std::thread start(std::atomic<bool>& may_end) {
    std::atomic<int> mine{0};
    std::thread t([&] { set(mine, 1); });
    while (!may_end.load() && mine.load() == 0) {
    }
    return t;
}

TEST(ScopeTest, WaitingKeepsAVariableAlive) {
    expect_right([] {
        std::atomic<bool> may_end{false};
        start(may_end).join();
    });
}

TEST(ScopeTest, ReturningDoesNot) {
    const auto r = expect_wrong("use-after-scope", [] {
        std::atomic<bool> may_end{true};
        start(may_end).join();
    });
    EXPECT_NE(r.found->text.find("write by t1 of a variable of main"), std::string::npos);
    EXPECT_EQ(r.found->place, "scope_test.cpp:9") << r.report;
}

// The second variable lies where the first one did.
[[gnu::noinline]] void use_for_a_while() {
    std::atomic<int> mine{0};
    std::thread t([&] { set(mine, 1); });
    t.join();
}

TEST(ScopeTest, ANewVariableMayLieInTheSamePlace) {
    expect_right([] {
        use_for_a_while();
        use_for_a_while();
    });
}

TEST(ScopeTest, AnExceptionLeavesFunctionsToo) {
    expect_right([] {
        const auto fails = [](int depth) {
            std::atomic<int> mine{depth};
            std::thread t([&] { set(mine, 1); });
            t.join();
            if (depth != 0) throw depth;
        };
        for (const int depth : {0, 1, 0}) try {
                fails(depth);
            } catch (int) {
            }
    });
}

TEST(ScopeTest, ACrashIsAFinding) {
    const auto r = expect_wrong("crash", [] {
        static int number = 1;
        std::atomic<int*> where{&number};
        std::thread t([&] { where.store(nullptr); });
        const volatile int seen = *where.load();
        static_cast<void>(seen);
        t.join();
    });
    EXPECT_EQ(r.found->place, "scope_test.cpp:70") << r.report;
}

TEST(ScopeTest, SoIsAStackOverflow) {
    const auto r = explore::check({}, [] {
        const auto deeper = [](const auto& self, int depth) -> int {
            volatile char some[1000] = {};
            return depth == 1'000'000 ? some[0] : self(self, depth + 1) + some[1];
        };
        std::thread t([&] { deeper(deeper, 0); });
        t.join();
    });
    ASSERT_TRUE(r.found);
    EXPECT_EQ(r.found->kind, "crash");
    EXPECT_EQ(r.found->text.find("stack overflow"), 0U) << r.found->text;
}

}  // namespace
