// Go's own tests of channels, by behaviour: src/runtime/chan_test.go, and TestChan of
// src/reflect/all_test.go. Others are in channel_go_programs_test.cpp (test/chan/*.go),
// channel_close_test.cpp (closedchan.go), channel_scale_test.cpp (chanbarrier_test.go,
// chanlinear.go), channel_generic_test.cpp (typeparam/chans.go), channel_race_test.cpp (the race
// detector's programs), and select_*_test.cpp.
//
// Left out, with the reason:
//   TestShrinkStackDuringBlockedSend, TestNoShrinkStackWhileParking, TestSelectStackAdjust: stacks
//     do not shrink or move here
//   reflect TestChan's close of a receive-only channel: no run-time error but a compile-time one,
//     which perm.go has
#include <any>
#include <array>
#include <atomic>
#include <map>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::channel_go_test {

// --- src/runtime/chan_test.go ------------------------------------------------------------------

class GoChanTest : public braid_test::fixture, public testing::WithParamInterface<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(Capacity, GoChanTest, testing::Values(0, 1, 2, 3, 4, 7, 10, 64, 199),
                         testing::PrintToStringParamName());

channel<int> full_of_numbers(std::size_t capacity) {
    const auto c = make_channel<int>(capacity);
    for (std::size_t i = 0; i < capacity; ++i) c.send(static_cast<int>(i));
    return c;
}

TEST_P(GoChanTest, ReceiveFromEmptyBlocks) {  // TestChan; CH-5
    const auto c = make_channel<int>(GetParam());
    std::atomic<int> received{0};
    task a = go([&] {
        c.receive();
        ++received;
    });
    task b = go([&] {
        if (c.receive()) ++received;
    });
    lifecycle::settle();
    EXPECT_EQ(received, 0);
    EXPECT_EQ(select(receive(c), otherwise()), 1U);
    EXPECT_EQ(c.try_receive().status, receive_status::would_block);
    c.send(0);
    c.send(0);
    a.join();
    b.join();
    EXPECT_EQ(received, 2);
}

TEST_P(GoChanTest, SendToFullBlocks) {  // TestChan; CH-5
    const auto c = full_of_numbers(GetParam());
    std::atomic<bool> sent{false};
    task t = go([&] {
        c.send(0);
        sent = true;
    });
    lifecycle::settle();
    EXPECT_FALSE(sent);
    EXPECT_EQ(select(send(c, 0), otherwise()), 1U);
    EXPECT_FALSE(c.try_send(0));
    c.receive();
}

TEST_P(GoChanTest, ClosedGivesItsValuesAndThenNone) {  // TestChan; CH-10
    const auto c = full_of_numbers(GetParam());
    c.close();
    for (std::size_t i = 0; i < GetParam(); ++i) EXPECT_EQ(*c.receive(), static_cast<int>(i));
    EXPECT_FALSE(c.receive());
    EXPECT_EQ(c.receive().status, receive_status::closed);
}

TEST_P(GoChanTest, CloseUnblocksReceive) {  // TestChan; CH-13
    const auto c = make_channel<int>(GetParam());
    const auto done = make_channel<bool>();
    task t = go([=] { done.send(c.receive().status == receive_status::closed); });
    lifecycle::settle();
    c.close();
    EXPECT_TRUE(*done.receive());
}

TEST_P(GoChanTest, ValuesArriveInTheirOrder) {  // TestChan; CH-6
    const auto c = make_channel<int>(GetParam());
    for (int pass = 0; pass < 2; ++pass) {
        task t = go([=] {
            for (int i = 0; i < 100; ++i) c.send(i);
        });
        for (int i = 0; i < 100; ++i) EXPECT_EQ(*c.receive(), i);
    }
}

TEST_P(GoChanTest, ManySendersAndReceiversLoseAndDuplicateNothing) {  // TestChan; CH-20
    constexpr int tasks = 4;
    const int each = braid_test::repeat(1000);
    const auto c = make_channel<int>(GetParam());
    const auto done = make_channel<std::map<int, int>>();
    std::vector<task> all;
    for (int p = 0; p < tasks; ++p) {
        all.push_back(go([=] {
            for (int i = 0; i < each; ++i) c.send(i);
        }));
        all.push_back(go([=] {
            std::map<int, int> mine;
            for (int i = 0; i < each; ++i) ++mine[*c.receive()];
            done.send(std::move(mine));
        }));
    }
    std::map<int, int> times;
    for (int p = 0; p < tasks; ++p) {
        const auto part = *done.receive();
        for (const auto& [value, n] : part) times[value] += n;
    }
    EXPECT_EQ(times.size(), static_cast<std::size_t>(each));
    for (const auto& [value, n] : times) EXPECT_EQ(n, tasks) << value;
}

TEST_P(GoChanTest, SizeAndCapacity) {  // TestChan; CH-9
    const auto empty = make_channel<int>(GetParam());
    EXPECT_EQ(empty.size(), 0U);
    EXPECT_EQ(empty.capacity(), GetParam());
    const auto full = full_of_numbers(GetParam());
    EXPECT_EQ(full.size(), GetParam());
    EXPECT_EQ(full.capacity(), GetParam());
}

class GoChannelTest : public braid_test::fixture {};

// While there is a value, or the channel is closed, a receive that does not block must not say that
// it would (TestNonblockRecvRace).
TEST_F(GoChannelTest, NonblockRecvRace) {  // CH-16
    const int n = braid_test::repeat(10000);
    const auto work = make_channel<channel<int>>();
    const auto results = make_channel<receive_status>();
    task t = go([=] {
        for (const auto& c : work) results.send(c.try_receive().status);
    });
    int would_block = 0;
    for (int i = 0; i < n; ++i) {
        const auto c = make_channel<int>(1);
        c.send(1);
        work.send(c);
        c.close();
        c.receive();
        if (*results.receive() == receive_status::would_block) ++would_block;
    }
    work.close();
    EXPECT_EQ(would_block, 0);
}

TEST_F(GoChannelTest, ChanSendInterface) {  // elements of any type
    struct message {};
    const auto c = make_channel<std::any>(1);
    c.send(message{});
    EXPECT_EQ(select(send(c, std::any(message{})), otherwise()), 1U);
    EXPECT_EQ(select(send(c, message{}), send(c, 5), otherwise()), 2U);
    EXPECT_EQ(c.receive()->type(), typeid(message));
}

TEST_F(GoChannelTest, MultiConsumer) {  // CH-15, CH-20
    constexpr std::size_t workers = 23;
    const int n = braid_test::repeat(30000);
    constexpr std::array primes{2, 3, 7, 11, 13, 17, 19, 23, 27, 31};
    const auto q = make_channel<int>(workers * 3);
    const auto r = make_channel<int>(workers * 3);
    long expected = 0;
    task feeder = go([&, primes] {
        {
            std::vector<task> all;
            for (std::size_t w = 0; w < workers; ++w) {
                all.push_back(go([=] {
                    for (const int v : q) {
                        if (primes[w % primes.size()] == v) this_task::yield();
                        r.send(v);
                    }
                }));
            }
            for (int i = 0; i < n; ++i) {
                const int v = primes[static_cast<std::size_t>(i) % primes.size()];
                expected += v;
                q.send(v);
            }
            q.close();  // no more work, and so the workers end
        }
        r.close();  // and so there can be no more results
    });
    int count = 0;
    long sum = 0;
    for (const int v : r) {
        ++count;
        sum += v;
    }
    EXPECT_EQ(count, n);
    EXPECT_EQ(sum, expected);
}

// --- src/reflect/all_test.go ---------------------------------------------------------------------

TEST_F(GoChannelTest, ReflectChan) {  // reflect TestChan, the dynamic side by a list of one case
    const auto c = make_channel<int>(1);
    const auto dynamic_send = [&](int v) {
        select_list list;
        list.send(c, v);
        select(list);
    };
    const auto dynamic_receive = [&] {
        received<int> got;
        select_list list;
        list.receive(c, [&](received<int> r) { got = r; });
        select(list);
        return got;
    };
    dynamic_send(2);
    EXPECT_EQ(*c.receive(), 2);
    c.send(3);
    EXPECT_EQ(*dynamic_receive(), 3);
    EXPECT_EQ(c.try_receive().status, receive_status::would_block);
    c.send(4);
    EXPECT_EQ(*c.try_receive(), 4);
    c.send(100);
    EXPECT_FALSE(c.try_send(5));
    EXPECT_EQ(*dynamic_receive(), 100);
    EXPECT_TRUE(c.try_send(6));
    EXPECT_EQ(*dynamic_receive(), 6);
    c.send(123);
    c.close();
    EXPECT_EQ(*dynamic_receive(), 123);
    EXPECT_EQ(dynamic_receive().status, receive_status::closed);

    const auto unbuffered = make_channel<int>();
    EXPECT_FALSE(unbuffered.try_send(7));
    EXPECT_FALSE(unbuffered.try_receive());
}

}  // namespace braid::channel_go_test
