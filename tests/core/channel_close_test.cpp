// What close does to those who receive, to those who send, and to those who wait.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::channel_close_test {

class ChannelCloseTest : public braid_test::fixture {};

using token = std::unique_ptr<int>;

template <class F>
std::string what_is_thrown(F f) {
    try {
        f();
    } catch (const closed_channel& e) {
        return e.what();
    } catch (const std::logic_error& e) {
        return std::string("only a logic_error: ") + e.what();
    }
    return "nothing";
}

TEST_F(ChannelCloseTest, ReceiveDrainsTheBufferThenReportsClosed) {  // CH-10, CH-14
    const auto ch = make_channel<int>(3);
    ch.send(1);
    ch.send(2);
    ch.close();
    EXPECT_EQ(ch.size(), 2U);
    EXPECT_EQ(*ch.receive(), 1);
    EXPECT_EQ(*ch.try_receive(), 2);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ch.receive().status, receive_status::closed);
        EXPECT_EQ(ch.try_receive().status, receive_status::closed);
        EXPECT_FALSE(ch.receive());
    }
}

TEST_F(ChannelCloseTest, SendThrowsAndTheValueStaysWithItsOwner) {  // CH-11
    const auto ch = make_channel<token>(2);
    ch.send(std::make_unique<int>(1));
    ch.close();
    token mine = std::make_unique<int>(2);
    token& offered = mine;
    EXPECT_EQ(what_is_thrown([&] { ch.send(std::move(offered)); }), "send on closed channel");
    EXPECT_EQ(what_is_thrown([&] { static_cast<void>(ch.try_send(std::move(offered))); }),
              "send on closed channel");
    ASSERT_NE(mine, nullptr);
    EXPECT_EQ(*mine, 2);

    EXPECT_EQ(**ch.receive(), 1) << "there was room, but nothing went in";
    EXPECT_EQ(ch.receive().status, receive_status::closed);
}

TEST_F(ChannelCloseTest, SecondCloseThrows) {  // CH-12
    const auto ch = make_channel<int>();
    ch.close();
    EXPECT_EQ(what_is_thrown([&] { ch.close(); }), "close of closed channel");
    EXPECT_EQ(what_is_thrown([&] { ch.out().close(); }), "close of closed channel");
}

TEST_F(ChannelCloseTest, CloseOfTheNilChannelThrows) {  // CH-3
    EXPECT_EQ(what_is_thrown([] { channel<int>{}.close(); }),
              "only a logic_error: close of nil channel");
    EXPECT_EQ(what_is_thrown([] { sender<int>{}.close(); }),
              "only a logic_error: close of nil channel");
}

TEST_F(ChannelCloseTest, EmptyAndFullChannelsCanBeClosed) {  // CH-12
    const auto empty = make_channel<int>(1);
    const auto full = make_channel<int>(1);
    full.send(1);
    EXPECT_NO_THROW(empty.close());
    EXPECT_NO_THROW(full.close());
}

TEST_F(ChannelCloseTest, CloseWakesEveryParkedReceiver) {  // CH-13
    const auto ch = make_channel<int>(2);
    std::atomic<int> told{0};
    std::vector<task> tasks;
    for (int i = 0; i < 10; ++i) {
        tasks.push_back(go([&] {
            if (ch.receive().status == receive_status::closed) ++told;
        }));
    }
    lifecycle::settle();
    EXPECT_EQ(told, 0);
    ch.close();
    tasks.clear();
    EXPECT_EQ(told, 10);
}

TEST_F(ChannelCloseTest, CloseWakesEveryParkedSenderWhichKeepsItsValue) {  // CH-13
    const auto ch = make_channel<token>(2);
    ch.send(std::make_unique<int>(0));
    ch.send(std::make_unique<int>(1));
    std::atomic<int> thrown{0};
    std::atomic<int> kept{0};
    std::vector<task> tasks;
    for (int i = 0; i < 5; ++i) {
        tasks.push_back(go([&] {
            token mine = std::make_unique<int>(7);
            token& offered = mine;
            if (what_is_thrown([&] { ch.send(std::move(offered)); }) == "send on closed channel")
                ++thrown;
            if (mine != nullptr) ++kept;
        }));
    }
    lifecycle::settle();
    ch.close();
    tasks.clear();
    EXPECT_EQ(thrown, 5);
    EXPECT_EQ(kept, 5);

    int drained = 0;
    for (token v : ch) EXPECT_EQ(*v, drained++);
    EXPECT_EQ(drained, 2) << "what was buffered stays, what waited does not go in";
}

// A logic error of the program, but no more than that: each value is received or still with who
// tried to send it.
TEST_F(ChannelCloseTest, CloseBesideSendersLosesNothing) {  // CH-20
    const int rounds = braid_test::repeat(150);
    for (int round = 0; round < rounds; ++round) {
        const auto ch = make_channel<token>(static_cast<std::size_t>(round % 3));
        std::atomic<int> sent{0};
        std::atomic<int> kept{0};
        int received = 0;
        {
            std::vector<task> senders;
            for (int i = 0; i < 3; ++i) {
                senders.push_back(go([&] {
                    for (;;) {
                        token mine = std::make_unique<int>(1);
                        token& offered = mine;
                        try {
                            ch.send(std::move(offered));
                            ++sent;
                        } catch (const closed_channel&) {
                            if (mine != nullptr) ++kept;
                            return;
                        }
                    }
                }));
            }
            task reader = go([&] {
                for (token v : ch) received += *v;
            });
            for (int i = 0; i < round % 8; ++i) this_task::yield();
            ch.close();
        }
        EXPECT_EQ(sent, received);
        EXPECT_EQ(kept, 3);
    }
}

TEST_F(ChannelCloseTest, OneOfManyClosersSucceeds) {  // CH-12, CH-20
    const int rounds = braid_test::repeat(300);
    for (int round = 0; round < rounds; ++round) {
        const auto ch = make_channel<int>();
        std::atomic<int> closed{0};
        std::vector<task> tasks;
        for (int i = 0; i < 3; ++i) {
            tasks.push_back(go([&] {
                if (what_is_thrown([&] { ch.close(); }) == "nothing") ++closed;
            }));
        }
        tasks.clear();
        EXPECT_EQ(closed, 1);
    }
}

// --- closedchan.go: three ways to say each operation, which must agree --------------------------

// The operations themselves.
struct plain {
    static constexpr const char* name = "operation";
    channel<int> c;

    void send(int v) const { c.send(v); }
    bool try_send(int v) const { return c.try_send(v); }
    received<int> receive() const { return c.receive(); }
    received<int> try_receive() const { return c.try_receive(); }
};

// A select with one case.
struct selected {
    static constexpr const char* name = "select";
    channel<int> c;

    void send(int v) const { select(braid::send(c, v)); }
    bool try_send(int v) const { return select(otherwise(), braid::send(c, v)) == 1; }
    received<int> receive() const {
        received<int> r;
        select(braid::receive(c, r));
        return r;
    }
    received<int> try_receive() const {
        received<int> r;
        select(otherwise(), braid::receive(c, r));
        return r;
    }
};

// A select with one more case, which is never ready.
struct selected_of_two {
    static constexpr const char* name = "select of two";
    channel<int> c;
    channel<bool> dummy = make_channel<bool>();

    void send(int v) const { select(braid::send(c, v), braid::receive(dummy)); }
    bool try_send(int v) const {
        return select(otherwise(), braid::receive(dummy), braid::send(c, v)) == 2;
    }
    received<int> receive() const {
        received<int> r;
        select(braid::receive(dummy), braid::receive(c, r));
        return r;
    }
    received<int> try_receive() const {
        received<int> r;
        select(braid::receive(dummy), otherwise(), braid::receive(c, r));
        return r;
    }
};

template <class Phrasing>
class ClosedChannelPhrasingTest : public braid_test::fixture {
protected:
    // A closed channel with `values` (1, 2, ...) left in it.
    static Phrasing closed(int values) {
        const auto c = make_channel<int>(values == 0 ? 0 : 2);
        for (int i = 1; i <= values; ++i) c.send(i);
        c.close();
        Phrasing made{c};
        return made;
    }

    static void expect_closed(const Phrasing& c) {
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(c.receive().status, receive_status::closed) << Phrasing::name;
            EXPECT_EQ(c.try_receive().status, receive_status::closed) << Phrasing::name;
            EXPECT_FALSE(c.receive()) << Phrasing::name;
        }
        EXPECT_THROW(static_cast<void>(c.try_send(1)), closed_channel) << Phrasing::name;
        EXPECT_EQ(c.receive().status, receive_status::closed) << "the value was stored";
        EXPECT_THROW(c.send(2), closed_channel) << Phrasing::name;
        EXPECT_EQ(c.receive().status, receive_status::closed) << "the value was stored";
    }
};

using phrasings = testing::Types<plain, selected, selected_of_two>;
TYPED_TEST_SUITE(ClosedChannelPhrasingTest, phrasings);

TYPED_TEST(ClosedChannelPhrasingTest, UnbufferedIsClosedAtOnce) {  // CH-10, CH-11, SEL-13
    this->expect_closed(this->closed(0));
}

TYPED_TEST(ClosedChannelPhrasingTest, BufferedGivesItsLastValueToReceive) {  // CH-10, SEL-7
    const auto c = this->closed(1);
    EXPECT_EQ(*c.receive(), 1);
    this->expect_closed(c);
}

TYPED_TEST(ClosedChannelPhrasingTest, BufferedGivesItsLastValueToTryReceive) {  // CH-10, SEL-7
    const auto c = this->closed(1);
    EXPECT_EQ(*c.try_receive(), 1);
    this->expect_closed(c);
}

TYPED_TEST(ClosedChannelPhrasingTest, OpenChannelsAgreeToo) {  // SEL-13
    const auto ch = make_channel<int>(1);
    const TypeParam c{ch};
    EXPECT_EQ(c.try_receive().status, receive_status::would_block);
    c.send(1);
    EXPECT_FALSE(c.try_send(2));
    EXPECT_EQ(*c.receive(), 1);
    EXPECT_TRUE(c.try_send(3));
    EXPECT_EQ(*c.try_receive(), 3);
}

}  // namespace braid::channel_close_test
