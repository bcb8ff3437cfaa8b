// Threads: how they end, what is their own, how many there can be. And the time, which passes only
// when all of them wait.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tests/explore/expect.hpp"

namespace {

using namespace std::chrono_literals;

TEST(JthreadTest, StopsWhenAsked) {
    expect_right([] {
        std::jthread t([](std::stop_token stop) {
            while (!stop.stop_requested()) std::this_thread::yield();
        });
    });
}

TEST(JthreadTest, OneThatIsNotAskedDoesNotStop) {
    expect_wrong("livelock", [] {
        std::stop_source never;
        std::jthread t([stop = never.get_token()] {
            while (!stop.stop_requested()) std::this_thread::sleep_for(10ms);
        });
    });
}

TEST(ThreadTest, ALostOneIsALeak) {
    const auto r = expect_wrong("leaked-thread", [] {
        auto* m = new std::mutex;
        m->lock();
        std::thread([m] { m->lock(); }).detach();
    });
    EXPECT_NE(r.found->text.find("t1 waits for mutex"), std::string::npos) << r.found->text;
}

TEST(ThreadTest, ADaemonMayStay) {
    const auto r = explore::check({.by = explore::search::depth_first, .daemons = true}, [] {
        auto* m = new std::mutex;
        m->lock();
        std::thread([m] { m->lock(); }).detach();
    });
    EXPECT_TRUE(r.ok()) << r.report;
    EXPECT_TRUE(r.complete);
}

TEST(ThreadTest, DestroyedUnjoinedTerminates) {
    expect_wrong("misuse", [] { std::thread t([] {}); });
}

TEST(ThreadTest, AnExceptionThatEscapesIsToldWithItsText) {
    const auto r = expect_wrong("uncaught-exception", [] {
        std::thread t([] { throw std::runtime_error("what a pity"); });
        t.join();
    });
    EXPECT_EQ(r.found->text, "std::runtime_error: what a pity");
    EXPECT_EQ(r.found->thread, "t1");
}

thread_local int mine = 5;
struct counted {
    explicit counted(std::atomic<int>* c) : count(c) { ++*count; }
    ~counted() { --*count; }
    std::atomic<int>* count;
};

TEST(ThreadLocalTest, IsEachThreadsOwn) {
    expect_right([] {
        std::atomic<int> alive{0};
        const auto use = [&] {
            explore::require(mine == 5, "not its own");
            mine = 6;
            thread_local counted object(&alive);
            explore::require(alive.load() >= 1, "not made");
        };
        std::thread a(use);
        std::thread b(use);
        a.join();
        b.join();
        explore::require(alive.load() == 0, "not destroyed");
        explore::require(mine == 5, "not its own");
    });
}

// By its address it is everybody's.
TEST(ThreadLocalTest, ThatOthersPointToIsShared) {
    expect_wrong("data-race", [] {
        int* const here = &mine;
        std::thread a([=] { *here = 6; });
        explore::require(mine == 5 || mine == 6, "another number");
        a.join();
    });
}

TEST(ThreadTest, AnAssertionAndAnExitAreTold) {
    expect_wrong("failed-assertion", [] { std::abort(); });
    const auto r = expect_wrong("unsupported", [] { std::exit(3); });
    EXPECT_EQ(r.found->place, "thread_test.cpp:" + std::to_string(__LINE__ - 1)) << r.report;
}

// One after the other, each adding one to what needs no lock.
void count_in_threads(int threads, int& counter) {
    for (int i = 0; i != threads; ++i) std::thread([&] { ++counter; }).join();
}

TEST(ManyThreadsTest, OneAfterTheOtherThereIsNoEndOfThem) {
    expect_right(
        [] {
            int counter = 0;
            count_in_threads(300, counter);
            explore::require(counter == 300, "all have counted");
        },
        1);
}

TEST(ManyThreadsTest, ManyAtATimeAreStillOneAfterTheOther) {
    const auto r = explore::check({.executions = 200}, [] {
        std::atomic<int> counter{0};
        for (int round = 0; round != 10; ++round) {
            std::vector<std::thread> all;
            for (int i = 0; i != 50; ++i) all.emplace_back([&] { counter.fetch_add(1); });
            for (std::thread& t : all) t.join();
        }
        explore::require(counter.load() == 500, "all have counted");
    });
    EXPECT_TRUE(r.ok()) << r.report;
}

TEST(ManyThreadsTest, OneOfThemRacesAndIsNamed) {
    const auto r = expect_wrong("data-race", [] {
        int counter = 0;
        count_in_threads(149, counter);
        std::thread racer([&] { ++counter; });
        count_in_threads(50, counter);
        racer.join();
    });
    EXPECT_NE(r.found->text.find("by t150"), std::string::npos) << r.report;
    EXPECT_NE(r.found->text.find("by t151"), std::string::npos) << r.report;
}

// The write is that of a thread whose number others have taken over since.
TEST(ManyThreadsTest, ARaceWithOneThatIsLongGoneNamesIt) {
    const auto r = expect_wrong("data-race", [] {
        int value = 0;
        std::thread reader([&] { explore::require(value >= 0, "read"); });
        std::thread([&] { value = 1; }).join();
        int counter = 0;
        count_in_threads(3, counter);
        reader.join();
    });
    EXPECT_NE(r.found->text.find("by t2"), std::string::npos) << r.report;
    EXPECT_NE(r.found->text.find("by t1"), std::string::npos) << r.report;
}

// Who has ended but is not joined keeps its handle.
TEST(ManyThreadsTest, AJoinThatComesLateIsThatOfTheRightThread) {
    expect_right([] {
        std::atomic<int> ended{0};
        std::thread first([&] { ended.store(1); });
        while (ended.load() == 0) std::this_thread::yield();
        std::thread second([&] { ended.store(2); });
        first.join();
        second.join();
        explore::require(ended.load() == 2, "the second was joined");
    });
}

// A mutex is not freed by who comes after its owner.
TEST(ManyThreadsTest, WhatAnEndedThreadHasLockedStaysLocked) {
    expect_wrong("deadlock", [] {
        std::mutex m;
        std::thread([&] { m.lock(); }).join();
        std::thread([&] { m.lock(); }).join();
    });
    expect_wrong("misuse", [] {
        std::mutex m;
        std::thread([&] { m.lock(); }).join();
        std::thread([&] { m.unlock(); }).join();
    });
}

// Each still has its own closure to destroy when the next one begins: nothing orders the two.
TEST(ManyThreadsTest, DetachedOnesNeedNotBeInOrder) {
    const auto r = explore::check({.executions = 20}, [] {
        std::atomic<int> counter{0};
        for (int i = 0; i != 1000; ++i) {
            std::thread([&] { counter.fetch_add(1); }).detach();
            while (counter.load() != i + 1) std::this_thread::yield();
        }
    });
    EXPECT_TRUE(r.ok()) << r.report;
}

TEST(ManyThreadsTest, TooManyAtATimeAreRefused) {
    const auto r = explore::check({.executions = 1}, [] {
        std::vector<std::jthread> all;
        for (int i = 0; i != 255; ++i) all.emplace_back([] {});
    });
    ASSERT_TRUE(r.found) << r.report;
    EXPECT_EQ(r.found->kind, "unsupported");
    EXPECT_NE(r.found->text.find("255 threads"), std::string::npos);
}

TEST(TimeTest, PassesOnlyWhenAllWait) {
    expect_right([] {
        const auto begin = std::chrono::system_clock::now();
        std::atomic<int> order{0};
        std::thread late([&] {
            std::this_thread::sleep_for(2h);
            explore::require(order.exchange(2) == 1, "the short sleep ends first");
        });
        std::thread early([&] {
            std::this_thread::sleep_for(1h);
            explore::require(order.exchange(1) == 0, "the short sleep ends first");
        });
        late.join();
        early.join();
        const auto passed = std::chrono::system_clock::now() - begin;
        explore::require(passed >= 2h && passed < 3h, "two hours have passed");
    });
}

TEST(TimeTest, PassesForWhoWatchesTheClock) {
    expect_right([] {
        const auto end = std::chrono::steady_clock::now() + 100ms;
        while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
    });
}

}  // namespace
