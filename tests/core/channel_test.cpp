// Channels: the handles, send, receive and their try_ forms, size and capacity, receive loops.
// The types of their elements are in channel_element_test.cpp, close is in channel_close_test.cpp,
// and what cancels a wait in channel_cancel_test.cpp; Go's own tests are in channel_go_test.cpp.
#include "common/channel.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::channel_test {

class ChannelTest : public braid_test::fixture {};

// --- Handles -----------------------------------------------------------------------------------

TEST_F(ChannelTest, DefaultConstructedHandleIsTheNilChannel) {  // CH-3
    const channel<int> nil;
    EXPECT_FALSE(nil);
    EXPECT_FALSE(sender<int>{});
    EXPECT_FALSE(receiver<int>{});
    EXPECT_TRUE(make_channel<int>());

    EXPECT_EQ(nil.size(), 0U);
    EXPECT_EQ(nil.capacity(), 0U);
    EXPECT_FALSE(nil.try_send(1));
    EXPECT_EQ(nil.try_receive().status, receive_status::would_block);
}

TEST_F(ChannelTest, HandlesAreEqualWhenTheyAreTheSameChannel) {  // CH-19
    const auto a = make_channel<int>(1);
    const auto b = make_channel<int>(1);
    const auto copy = a;  // NOLINT(performance-unnecessary-copy-initialization)
    EXPECT_EQ(a, copy);
    EXPECT_NE(a, b);
    EXPECT_EQ(channel<int>{}, channel<int>{});
    EXPECT_NE(a, channel<int>{});

    EXPECT_EQ(a.in(), receiver<int>(copy));
    EXPECT_EQ(a.out(), sender<int>(copy));
    EXPECT_EQ(a, a.in()) << "a side of a channel is that channel";
    EXPECT_NE(a.out(), b.out());

    copy.send(7);  // a copy is an alias
    EXPECT_EQ(*a.receive(), 7);
}

template <class H>
concept can_send = requires(const H& h) {
    h.send(1);
    { h.try_send(1) } -> std::same_as<bool>;
    h.close();
};
template <class H>
concept can_receive = requires(const H& h) {
    { h.receive() } -> std::same_as<received<int>>;
    { h.try_receive() } -> std::same_as<received<int>>;
    h.begin();
    h.end();
};

TEST_F(ChannelTest, AllOperationsAreConst) {
    static_assert(can_send<channel<int>> && can_receive<channel<int>>);
    static_assert(can_send<sender<int>> && !can_receive<sender<int>>);
    static_assert(can_receive<receiver<int>> && !can_send<receiver<int>>);

    // Which is what lets a lambda keep handles by value without being mutable.
    const auto ch = make_channel<int>(1);
    const auto use = [=] {
        ch.send(3);
        return *ch.receive();
    };
    EXPECT_EQ(use(), 3);
}

TEST_F(ChannelTest, StagesTakeAnyHandleOfTheRightSide) {
    static_assert(receivable<channel<int>> && receivable<receiver<int>>);
    static_assert(!receivable<sender<int>> && !receivable<int>);
    static_assert(sendable<channel<int>> && sendable<sender<int>>);
    static_assert(!sendable<receiver<int>> && !sendable<int>);

    const auto first = [](const receivable auto& in) { return *in.receive(); };
    const auto ch = make_channel<int>(2);
    ch.send(1);
    ch.send(2);
    EXPECT_EQ(first(ch), 1);
    EXPECT_EQ(first(ch.in()), 2);
}

TEST_F(ChannelTest, MakeChannelThrowsWhenTheBufferCannotExist) {  // CH-2
    struct big {
        std::array<std::uint64_t, 2> words;
    };
    EXPECT_THROW(make_channel<int>(static_cast<std::size_t>(-1)), std::length_error);
    EXPECT_THROW(make_channel<big>(std::size_t{1} << 60), std::length_error);  // its bytes overflow
    EXPECT_THROW(make_channel<char>(std::size_t{1} << 63), std::length_error);
    try {
        make_channel<int>(SIZE_MAX);
    } catch (const std::length_error& e) {
        EXPECT_STREQ(e.what(), "make_channel: size out of range");
    }
}

// --- Send and receive --------------------------------------------------------------------------

TEST_F(ChannelTest, UnbufferedSendCompletesTogetherWithItsReceive) {  // CH-2, CH-4
    const auto ch = make_channel<int>();
    EXPECT_EQ(ch.capacity(), 0U);
    EXPECT_FALSE(ch.try_send(1)) << "nobody receives";

    std::atomic<bool> sent{false};
    task t = go([&] {
        ch.send(2);
        sent.store(true, std::memory_order_relaxed);
    });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(t));
    EXPECT_FALSE(sent.load(std::memory_order_relaxed));
    EXPECT_EQ(*ch.receive(), 2);
    t.join();
    EXPECT_TRUE(sent.load(std::memory_order_relaxed));
}

TEST_F(ChannelTest, UnbufferedReceiveWaitsForItsSend) {  // CH-4
    const auto ch = make_channel<int>();
    EXPECT_EQ(ch.try_receive().status, receive_status::would_block);
    int got = 0;
    task t = go([&] { got = *ch.receive(); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(t));
    EXPECT_TRUE(ch.try_send(5)) << "somebody waits for it";
    t.join();
    EXPECT_EQ(got, 5);
}

TEST_F(ChannelTest, BufferedOperationsBlockOnlyWhenFullOrEmpty) {  // CH-5
    const auto ch = make_channel<int>(2);
    ch.send(1);
    ch.send(2);
    EXPECT_FALSE(ch.try_send(3));
    task t = go([&] { ch.send(3); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(t));

    for (const int expected : {1, 2, 3}) EXPECT_EQ(*ch.receive(), expected);
    EXPECT_EQ(ch.try_receive().status, receive_status::would_block);
}

TEST_F(ChannelTest, ReceiveFromAFullBufferTakesInTheParkedSender) {  // CH-6, CH-8
    const auto ch = make_channel<int>(2);
    ch.send(1);
    ch.send(2);
    task t = go([&] { ch.send(3); });
    lifecycle::settle();
    EXPECT_EQ(*ch.receive(), 1);
    EXPECT_EQ(ch.size(), 2U) << "the value of the parked sender went in by the same step";
    EXPECT_FALSE(ch.try_send(4));
    t.join();
    EXPECT_EQ(*ch.receive(), 2);
    EXPECT_EQ(*ch.receive(), 3);
}

TEST_F(ChannelTest, SizeCountsTheBufferAlone) {  // CH-9
    const auto unbuffered = make_channel<int>();
    const auto full = make_channel<int>(1);
    full.send(0);
    task a = go([&] { unbuffered.send(1); });
    task b = go([&] { full.send(1); });
    lifecycle::settle();
    EXPECT_EQ(unbuffered.size(), 0U);
    EXPECT_EQ(full.size(), 1U);
    EXPECT_EQ(full.capacity(), 1U);
    unbuffered.receive();
    full.receive();
    b.join();
    EXPECT_EQ(full.size(), 1U);
    full.receive();
    EXPECT_EQ(full.size(), 0U);
}

TEST_F(ChannelTest, TheBufferIsARing) {  // CH-6
    const auto ch = make_channel<int>(3);
    int next_in = 0;
    int next_out = 0;
    for (int round = 0; round < 10; ++round) {
        while (ch.try_send(next_in)) ++next_in;
        for (int i = 0; i < 1 + round % 3; ++i) EXPECT_EQ(*ch.receive(), next_out++);
    }
    EXPECT_EQ(ch.size(), static_cast<std::size_t>(next_in - next_out));
}

// Go does not promise in which order those are served that wait; its channels and ours do it in the
// order of arrival, and a newcomer cannot get in between.
TEST_F(ChannelTest, ParkedReceiversAreServedInTheOrderOfTheirArrival) {  // CH-7
    const auto ch = make_channel<int>(1);
    std::array<int, 5> got{};
    std::vector<task> tasks;
    for (int& mine : got) {
        tasks.push_back(go([&] { mine = *ch.receive(); }));
        lifecycle::settle();
    }
    for (int i = 0; i < 5; ++i) {
        ch.send(i);  // straight to the one who waits, not to the buffer
        EXPECT_FALSE(ch.try_receive()) << "barged in";
    }
    tasks.clear();
    EXPECT_THAT(got, testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(ChannelTest, ParkedSendersAreServedInTheOrderOfTheirArrival) {  // CH-7
    for (const std::size_t capacity : {0U, 1U, 3U}) {
        const auto ch = make_channel<int>(capacity);
        int next = 0;
        while (ch.try_send(next)) ++next;
        std::vector<task> tasks;
        for (int i = 0; i < 5; ++i) {
            tasks.push_back(go([=] { ch.send(next + i); }));
            lifecycle::settle();
        }
        for (int i = 0; i < next + 5; ++i) EXPECT_EQ(*ch.receive(), i) << capacity;
    }
}

// A freed place belongs to the parked sender, not to who comes first afterwards.
TEST_F(ChannelTest, NobodyBargesPastAParkedSender) {  // CH-7
    const auto ch = make_channel<int>(1);
    ch.send(0);
    task t = go([&] { ch.send(1); });
    lifecycle::settle();
    EXPECT_EQ(*ch.receive(), 0);
    EXPECT_FALSE(ch.try_send(2));
    EXPECT_EQ(*ch.receive(), 1);
}

TEST_F(ChannelTest, ReceivedTellsAValueFromItsAbsence) {  // CH-14
    const auto ch = make_channel<int>(1);
    ch.send(0);
    received<int> r = ch.receive();
    EXPECT_TRUE(r) << "a zero is a value";
    EXPECT_EQ(r.status, receive_status::value);
    EXPECT_EQ(*r, 0);

    r = ch.try_receive();
    EXPECT_FALSE(r);
    EXPECT_EQ(r.status, receive_status::would_block);
    EXPECT_EQ(r.value, std::nullopt);

    const auto strings = make_channel<std::string>(1);
    strings.send("four");
    EXPECT_EQ(strings.receive()->size(), 4U);
}

TEST_F(ChannelTest, LoopsReceiveUntilTheChannelIsClosedAndDrained) {  // CH-15
    const auto ch = make_channel<int>(1);
    task t = go([=] {
        for (int i = 0; i < 10; ++i) ch.send(i);
        ch.close();
    });
    int expected = 0;
    for (const int v : ch) EXPECT_EQ(v, expected++);
    EXPECT_EQ(expected, 10);
    for (const int v : ch) ADD_FAILURE() << "received " << v << " from a drained channel";
}

TEST_F(ChannelTest, ALoopThatIsLeftKeepsTheChannelOpen) {  // CH-15
    const auto ch = make_channel<int>(3);
    for (int i = 0; i < 3; ++i) ch.send(i);
    for (const int v : ch.in()) {
        if (v == 1) break;
    }
    EXPECT_EQ(ch.size(), 1U);
    EXPECT_TRUE(ch.try_send(9));
}

TEST_F(ChannelTest, AnyNumberOfTasksMayUseIt) {  // CH-20
    const int each = braid_test::repeat(2000);
    for (const std::size_t capacity : {0U, 1U, 16U}) {
        const auto ch = make_channel<int>(capacity);
        std::array<long, 3> sums{};
        {
            std::vector<task> receivers;
            for (long& sum : sums) {
                receivers.push_back(go([&sum, in = ch.in()] {
                    for (const int v : in) sum += v;
                }));
            }
            std::vector<task> others;
            for (int p = 0; p < 3; ++p) {
                others.push_back(go([=, out = ch.out()] {
                    for (int i = 1; i <= each; ++i) out.send(i);
                }));
            }
            others.push_back(go([=] {
                for (int i = 0; i < each; ++i) EXPECT_LE(ch.size(), ch.capacity());
            }));
            others.clear();
            ch.close();
        }
        EXPECT_EQ(sums[0] + sums[1] + sums[2], 3L * each * (each + 1) / 2) << capacity;
    }
}

TEST_F(ChannelTest, PlainThreadsUseItBesideTasks) {
    const int n = braid_test::repeat(1000);
    const auto to_task = make_channel<int>();
    const auto to_thread = make_channel<int>(2);
    task t = go([=] {
        for (const int v : to_task) to_thread.send(v * 2);
        to_thread.close();
    });
    std::thread feeder([=] {
        for (int i = 1; i <= n; ++i) to_task.send(i);
        to_task.close();
    });
    long sum = 0;
    std::thread reader([&, in = to_thread.in()] {
        for (const int v : in) sum += v;
    });
    feeder.join();
    reader.join();
    EXPECT_EQ(sum, static_cast<long>(n) * (n + 1));
}

}  // namespace braid::channel_test
