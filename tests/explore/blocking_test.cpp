// Calls that may block without the explorer's knowledge are refused, by name and place; those that
// do not block are made.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/explore/expect.hpp"

namespace {

// The body stands in one line with this call.
void refused(const std::string& text, const std::function<void()>& body,
             int line = __builtin_LINE()) {
    const auto r = expect_wrong("unsupported", body);
    EXPECT_EQ(r.found->text, text);
    EXPECT_EQ(r.found->place, "blocking_test.cpp:" + std::to_string(line)) << r.report;
}
void refused_as_blocking(const std::string& call, const std::function<void()>& body,
                         int line = __builtin_LINE()) {
    refused(call + " may block, and the explorer does not control it", body, line);
}
void refused_as_foreign(const std::string& call, const std::function<void()>& body,
                        int line = __builtin_LINE()) {
    refused(call + ": the explorer does not control it", body, line);
}

struct descriptors {
    descriptors() {
        EXPECT_EQ(pipe(ends), 0);
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
        EXPECT_NE(file = open("/proc/self/exe", O_RDONLY), -1);
        EXPECT_NE(events = epoll_create1(0), -1);
    }
    descriptors(const descriptors&) = delete;
    descriptors& operator=(const descriptors&) = delete;
    ~descriptors() {
        for (const int d : {ends[0], ends[1], sockets[0], sockets[1], file, events}) close(d);
    }
    void do_not_block() const {
        for (const int d : {ends[0], ends[1]}) fcntl(d, F_SETFL, O_NONBLOCK);
    }

    int ends[2]{};
    int sockets[2]{};
    int file = -1;
    int events = -1;
};

TEST(BlockingTest, PipesAndSocketsAreRefused) {
    const descriptors d;
    char byte = 0;
    iovec place{&byte, 1};
    msghdr message{};
    refused_as_blocking("read()", [&] { (void)!read(d.ends[0], &byte, 1); });
    refused_as_blocking("readv()", [&] { (void)!readv(d.ends[0], &place, 1); });
    refused_as_blocking("write()", [&] { (void)!write(d.ends[1], &byte, 1); });
    refused_as_blocking("recv()", [&] { recv(d.sockets[0], &byte, 1, 0); });
    refused_as_blocking("recvmsg()", [&] { (void)recvmsg(d.sockets[0], &message, 0); });
    refused_as_blocking("send()", [&] { send(d.sockets[0], &byte, 1, 0); });
    refused_as_blocking("accept()", [&] { (void)accept(d.sockets[0], nullptr, nullptr); });
    refused_as_blocking("connect()", [&] { (void)connect(d.sockets[0], nullptr, 0); });
}

TEST(BlockingTest, WaitsForDescriptorsAreRefused) {
    const descriptors d;
    pollfd one{d.ends[0], POLLIN, 0};
    epoll_event event{};
    refused_as_blocking("poll()", [&] { poll(&one, 1, -1); });
    refused_as_blocking("poll()", [&] { poll(&one, 1, 10); });
    refused_as_blocking("ppoll()", [&] { ppoll(&one, 1, nullptr, nullptr); });
    refused_as_blocking("select()", [&] { select(0, nullptr, nullptr, nullptr, nullptr); });
    refused_as_blocking("epoll_wait()", [&] { epoll_wait(d.events, &event, 1, -1); });
}

TEST(BlockingTest, LocksOfFilesAreRefused) {
    const descriptors d;
    const descriptors other;
    struct flock part {};
    flock(d.file, LOCK_EX);
    refused_as_blocking("flock()", [&] { flock(other.file, LOCK_EX); });
    refused_as_blocking("fcntl()", [&] { fcntl(d.file, F_SETLKW, &part); });
    refused_as_blocking("lockf()", [&] { (void)!lockf(d.file, F_LOCK, 1); });
    expect_right([&] {
        explore::require(flock(other.file, LOCK_EX | LOCK_NB) == -1, "the other one holds it");
    });
}

TEST(BlockingTest, OtherPrimitivesAreRefused) {
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, nullptr, 2);
    pthread_spinlock_t spin;
    pthread_spin_init(&spin, 0);
    refused_as_blocking("pthread_barrier_wait()", [&] { pthread_barrier_wait(&barrier); });
    refused_as_blocking("pthread_spin_lock()", [&] { pthread_spin_lock(&spin); });
    refused_as_foreign("pthread_cancel()", [] { pthread_cancel(pthread_self()); });
    refused_as_foreign("pthread_exit()", [] { pthread_exit(nullptr); });
    refused_as_foreign("pthread_kill()", [] { pthread_kill(pthread_self(), SIGUSR1); });
    refused_as_foreign("raise()", [] { raise(SIGUSR1); });
    pthread_barrier_destroy(&barrier);
    pthread_spin_destroy(&spin);
}

TEST(BlockingTest, ProcessesAndSignalsAreRefused) {
    refused_as_foreign("fork()", [] { fork(); });
    refused_as_foreign("popen()", [] { pclose(popen("true", "r")); });
    refused_as_blocking("system()", [] { (void)!std::system("true"); });
    refused_as_blocking("wait()", [] { wait(nullptr); });
    refused_as_blocking("waitpid()", [] { waitpid(-1, nullptr, 0); });
    refused_as_blocking("pause()", [] { pause(); });
    refused("_exit(): the explorer cannot go on after it", [] { _exit(3); });
}

TEST(BlockingTest, SystemCallsAreRefusedByNumber) {
    const std::string name = "syscall(" + std::to_string(SYS_pause) + ")";
    refused_as_blocking(name, [] { syscall(SYS_pause); });
    expect_right([] { explore::require(syscall(SYS_getpid) == getpid(), "its number"); });
}

TEST(BlockingTest, AThreadIsNamed) {
    const descriptors d;
    const auto r = expect_wrong("unsupported", [&] {
        std::thread([&] {
            char byte;
            (void)!read(d.ends[0], &byte, 1);
        }).join();
    });
    EXPECT_EQ(r.found->thread, "t1");
}

TEST(BlockingTest, WhatDoesNotBlockIsDone) {
    const descriptors d;
    pollfd one{d.ends[0], POLLIN, 0};
    expect_right([&] {
        char bytes[4];
        explore::require(poll(&one, 1, 0) == 0, "nothing to read");
        explore::require(recv(d.sockets[0], bytes, 1, MSG_DONTWAIT) == -1, "nothing to read");
        explore::require(waitpid(-1, nullptr, WNOHANG) == -1, "no process to wait for");
        explore::require(lseek(d.file, 0, SEEK_SET) == 0 && read(d.file, bytes, 4) == 4,
                         "a file is read");
        explore::require(bytes[1] == 'E', "a file is read");
    });
}

// What one thread has written before, the other may read after.
TEST(BlockingTest, AMessageThroughAPipeOrdersTheTwo) {
    const descriptors d;
    d.do_not_block();
    expect_right([&] {
        int data = 0;
        std::thread other([&] {
            data = 1;
            explore::require(write(d.ends[1], "x", 1) == 1, "there is space");
        });
        char byte = 0;
        while (read(d.ends[0], &byte, 1) != 1) {
        }
        explore::require(byte == 'x' && data == 1, "it has come");
        other.join();
    });
}

TEST(BlockingTest, StandardOutputMayBeAPipe) {
    const descriptors d;
    const int before = dup(1);
    std::fflush(stdout);
    dup2(d.ends[1], 1);
    const auto r = explore::check({.executions = 1},
                                  [] { explore::require(write(1, "text", 4) == 4, "written"); });
    dup2(before, 1);
    close(before);
    EXPECT_TRUE(r.ok()) << r.report;
    char text[5] = {};
    EXPECT_EQ(read(d.ends[0], text, 4), 4);
    EXPECT_STREQ(text, "text");
}

TEST(BlockingTest, OutsideOfAnExecutionNothingIsRefused) {
    const descriptors d;
    char byte = 'x';
    ASSERT_EQ(write(d.ends[1], &byte, 1), 1);
    pollfd one{d.ends[0], POLLIN, 0};
    EXPECT_EQ(poll(&one, 1, -1), 1);
    EXPECT_EQ(read(d.ends[0], &byte, 1), 1);
    const pid_t child = fork();
    if (child == 0) _exit(7);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 7);
    EXPECT_EQ(std::system("exit 3") >> 8, 3);
}

}  // namespace
