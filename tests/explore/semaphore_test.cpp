// The semaphores of POSIX.
#include <semaphore.h>

#include <cerrno>
#include <ctime>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

struct posix_semaphore {
    explicit posix_semaphore(unsigned count) { sem_init(&s, 0, count); }
    posix_semaphore(const posix_semaphore&) = delete;
    posix_semaphore& operator=(const posix_semaphore&) = delete;
    ~posix_semaphore() { sem_destroy(&s); }
    sem_t s{};
};

// Each of two threads does it, then the sum has to be 2.
void add_in_two(unsigned permits) {
    posix_semaphore one(permits);
    int sum = 0;
    const auto add = [&] {
        sem_wait(&one.s);
        ++sum;
        sem_post(&one.s);
    };
    std::thread other(add);
    add();
    other.join();
    explore::require(sum == 2, "an update is lost");
}

TEST(PosixSemaphoreTest, OnePermitExcludes) {
    expect_right([] { add_in_two(1); });
}

TEST(PosixSemaphoreTest, TwoDoNot) {
    const auto r = expect_wrong("data-race", [] { add_in_two(2); });
    EXPECT_EQ(r.found->place, "semaphore_test.cpp:26") << r.report;
}

TEST(PosixSemaphoreTest, PostOrders) {
    expect_right([] {
        posix_semaphore ready(0);
        int value = 0;
        std::thread sends([&] {
            value = 1;
            sem_post(&ready.s);
        });
        while (sem_trywait(&ready.s) != 0) explore::require(errno == EAGAIN, "another error");
        explore::require(value == 1, "not ordered");
        sends.join();
    });
}

TEST(PosixSemaphoreTest, OnePostTooFewDeadlocks) {
    const auto r = expect_wrong("deadlock", [] {
        posix_semaphore ready(0);
        std::thread other([&] { sem_wait(&ready.s); });
        sem_post(&ready.s);
        sem_wait(&ready.s);
        other.join();
    });
    EXPECT_NE(r.found->text.find("semaphore"), std::string::npos) << r.found->text;
}

TEST(PosixSemaphoreTest, ATimedWaitTakesNoTime) {
    expect_right([] {
        posix_semaphore never(0);
        timespec until{};
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 3600;
        explore::require(sem_timedwait(&never.s, &until) == -1 && errno == ETIMEDOUT, "no timeout");
    });
}

}  // namespace
