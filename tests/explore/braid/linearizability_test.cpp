// The judge, on histories made by hand: right ones and wrong ones.
#include "tests/explore/braid/linearizability.hpp"

#include <gtest/gtest.h>

#include "tests/explore/braid/channel_model.hpp"
#include "tests/explore/braid/lock_models.hpp"

namespace {

using namespace explore;
using operations = std::vector<operation>;

// An operation that has returned: (task, what, argument) -> result, from, to.
operation did(int task, int what, int argument, int result, int from, int to) {
    return {.task = task,
            .what = what,
            .argument = argument,
            .result = result,
            .invoked = from,
            .returned = to};
}
// One that has not.
operation hangs(int task, int what, int argument, int from) {
    return {.task = task, .what = what, .argument = argument, .invoked = from};
}
operation by_case(operation op, int choice) {
    op.choice = choice;
    return op;
}
operation settled(operation op, int since) {
    op.settled = since;
    return op;
}

// A register.
struct memory {
    enum what { write, read };
    int value = 0;
    bool apply(const operation& op, const under_way&) {
        if (op.what == write) value = op.argument;
        return op.what == write || op.result == value;
    }
    bool can_proceed(const operation&, const under_way&) const { return true; }
    bool operator==(const memory&) const = default;
};

TEST(LinearizabilityTest, ReadsSeeTheLastWrite) {
    const operations sequential{did(1, memory::write, 1, 0, 1, 2),
                                did(2, memory::read, 0, 1, 3, 4)};
    EXPECT_TRUE(linearizable(sequential, memory{}));
    const operations stale{did(1, memory::write, 1, 0, 1, 2), did(2, memory::read, 0, 0, 3, 4)};
    EXPECT_FALSE(linearizable(stale, memory{}));
    const operations concurrent{did(1, memory::write, 1, 0, 1, 4),
                                did(2, memory::read, 0, 0, 2, 3)};
    EXPECT_TRUE(linearizable(concurrent, memory{}));
}

// While it is being written, the new value may be seen; once it was seen, the old one may not.
TEST(LinearizabilityTest, ReadsDoNotGoBack) {
    const auto reads = [](int first, int second) {
        return operations{did(1, memory::write, 1, 0, 1, 10), did(2, memory::read, 0, first, 2, 3),
                          did(3, memory::read, 0, second, 4, 5)};
    };
    EXPECT_TRUE(linearizable(reads(0, 0), memory{}));
    EXPECT_TRUE(linearizable(reads(0, 1), memory{}));
    EXPECT_TRUE(linearizable(reads(1, 1), memory{}));
    EXPECT_FALSE(linearizable(reads(1, 0), memory{}));
}

// Of five writes at the same time any can be the last; those who read later agree on it.
TEST(LinearizabilityTest, TriesEveryOrder) {
    operations all;
    for (int task = 1; task <= 5; ++task)
        all.push_back(did(task, memory::write, task, 0, 1, 20 + task));
    all.push_back(did(6, memory::read, 0, 3, 30, 31));
    EXPECT_TRUE(linearizable(all, memory{}));
    all.push_back(did(7, memory::read, 0, 4, 32, 33));
    EXPECT_FALSE(linearizable(all, memory{}));
}

using ch = channel_model;

TEST(LinearizabilityTest, QueueIsFirstInFirstOut) {
    const auto receives = [](int first, int second) {
        return operations{did(1, ch::send, 1, ch::done, 1, 2), did(1, ch::send, 2, ch::done, 3, 4),
                          did(2, ch::receive, 0, first, 5, 6),
                          did(2, ch::receive, 0, second, 7, 8)};
    };
    EXPECT_TRUE(linearizable(receives(1, 2), ch(2)));
    EXPECT_FALSE(linearizable(receives(2, 1), ch(2)));
    EXPECT_FALSE(linearizable(receives(1, 1), ch(2)));
    EXPECT_FALSE(linearizable(receives(1, 2), ch(1))) << "there was no room for the second";
}

TEST(LinearizabilityTest, LostWakeUpIsWrong) {
    const auto sent = did(1, ch::send, 1, ch::done, 2, 3);
    const auto waits = hangs(2, ch::receive, 0, 1);
    EXPECT_FALSE(linearizable(operations{waits, sent}, ch(1)));
    EXPECT_TRUE(linearizable(operations{waits, sent, did(3, ch::receive, 0, 1, 4, 5)}, ch(1)));
    EXPECT_TRUE(linearizable(operations{waits}, ch(1)));
    EXPECT_FALSE(linearizable(operations{waits, did(1, ch::close, 0, ch::done, 2, 3)}, ch(1)));
}

// Its value was received, but it was not told.
TEST(LinearizabilityTest, ServedAndForgottenIsWrong) {
    const operations all{hangs(1, ch::send, 1, 1), did(2, ch::receive, 0, 1, 2, 3)};
    EXPECT_FALSE(linearizable(all, ch(0)));
    EXPECT_FALSE(linearizable(all, ch(1)));
}

TEST(LinearizabilityTest, UnbufferedMeet) {
    const auto sent = did(1, ch::send, 1, ch::done, 1, 4);
    EXPECT_TRUE(linearizable(operations{sent, did(2, ch::receive, 0, 1, 2, 3)}, ch(0)));
    EXPECT_FALSE(linearizable(operations{sent, did(2, ch::receive, 0, 1, 5, 6)}, ch(0)))
        << "the send returned before the receive began";
    EXPECT_FALSE(linearizable(operations{sent}, ch(0)));
    EXPECT_FALSE(
        linearizable(operations{hangs(1, ch::send, 1, 1), hangs(2, ch::receive, 0, 2)}, ch(0)))
        << "the two could meet";
    EXPECT_FALSE(linearizable(
        operations{did(1, ch::try_send, 1, ch::done, 1, 4), did(2, ch::try_receive, 0, 1, 2, 3)},
        ch(0)))
        << "neither waits for the other";
}

TEST(LinearizabilityTest, TryMustMeetWhoCertainlyWaits) {
    const auto waits = hangs(1, ch::receive, 0, 1);
    const auto failed = did(2, ch::try_send, 1, ch::would_block, 3, 4);
    EXPECT_TRUE(linearizable(operations{waits, failed}, ch(0)));
    EXPECT_FALSE(linearizable(operations{settled(waits, 2), failed}, ch(0)));
}

TEST(LinearizabilityTest, SelectTakesACaseThatIsReady) {
    const auto sent = did(1, ch::send_b, 1, ch::done, 1, 2);
    const auto chosen = [](int result, int choice) {
        return by_case(did(2, ch::receive_either_or_not, 0, result, 3, 4), choice);
    };
    EXPECT_TRUE(linearizable(operations{sent, chosen(1, 1)}, ch(1)));
    EXPECT_FALSE(linearizable(operations{sent, chosen(1, 0)}, ch(1)));
    EXPECT_FALSE(linearizable(operations{sent, chosen(ch::would_block, 2)}, ch(1)));
    EXPECT_FALSE(linearizable(operations{sent, hangs(2, ch::receive_either, 0, 3)}, ch(1)));
}

TEST(LinearizabilityTest, LockExcludes) {
    using m = mutex_model;
    const auto first = did(1, m::lock, 0, 1, 1, 2);
    EXPECT_FALSE(linearizable(operations{first, did(2, m::lock, 0, 1, 3, 4)}, m{}));
    EXPECT_TRUE(linearizable(operations{first, hangs(2, m::lock, 0, 3)}, m{}));
    EXPECT_TRUE(linearizable(
        operations{first, did(2, m::lock, 0, 1, 3, 6), did(1, m::unlock, 0, 0, 4, 5)}, m{}));
    EXPECT_FALSE(linearizable(
        operations{first, hangs(2, m::lock, 0, 3), did(1, m::unlock, 0, 0, 4, 5)}, m{}));
    EXPECT_FALSE(linearizable(
        operations{first, did(1, m::unlock, 0, 0, 3, 4), did(2, m::try_lock, 0, 0, 5, 6)}, m{}));
}

TEST(LinearizabilityTest, WritersThatWaitHoldReadersOff) {
    using m = rw_mutex_model;
    const auto reads = did(1, m::lock_shared, 0, 1, 1, 2);
    const auto writes = settled(hangs(2, m::lock, 0, 3), 4);
    EXPECT_TRUE(linearizable(operations{reads, writes, hangs(3, m::lock_shared, 0, 5)}, m{}));
    EXPECT_FALSE(linearizable(operations{reads, writes, did(3, m::lock_shared, 0, 1, 5, 6)}, m{}));
    EXPECT_FALSE(linearizable(operations{reads, hangs(3, m::lock_shared, 0, 5)}, m{}));
}

}  // namespace
