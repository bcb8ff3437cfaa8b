// Sends and receives that a cancellation can end. common/ knows no context: anything with a done()
// that is closed will do. Races are in channel_cancel_race_test.cpp.
#include <array>
#include <memory>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/stopper.hpp"

namespace braid::channel_cancel_test {

using braid_test::stopper;

class ChannelCancelTest : public braid_test::fixture {};

using token = std::unique_ptr<int>;

stopper stopped() {
    stopper s;
    s.stop();
    return s;
}

// As a context that nothing cancels: its done() is the nil channel.
struct never {
    receiver<unit> done() const { return {}; }
};

static_assert(cancellation<stopper> && cancellation<never>);
static_assert(!cancellation<channel<unit>> && !cancellation<int>);

TEST_F(ChannelCancelTest, DoneWinsOverAValueThatIsReady) {
    const auto ch = make_channel<int>(1);
    ch.send(1);
    const received<int> r = ch.receive(stopped());
    EXPECT_EQ(r.status, receive_status::canceled);
    EXPECT_FALSE(r);
    EXPECT_EQ(ch.size(), 1U) << "the value was taken all the same";
}

TEST_F(ChannelCancelTest, DoneWinsOverRoomForAValue) {
    const auto ch = make_channel<token>(1);
    token mine = std::make_unique<int>(1);
    token& offered = mine;
    EXPECT_FALSE(ch.send(stopped(), std::move(offered)));
    EXPECT_NE(mine, nullptr);
    EXPECT_EQ(ch.size(), 0U);
}

TEST_F(ChannelCancelTest, DoneWinsOverAPartnerWhoWaits) {
    const auto ch = make_channel<int>();
    task sender = go([=] { ch.send(1); });
    lifecycle::settle();
    EXPECT_EQ(ch.receive(stopped()).status, receive_status::canceled);
    EXPECT_EQ(*ch.receive(), 1);
}

TEST_F(ChannelCancelTest, DoneWinsOverClose) {
    const auto ch = make_channel<int>();
    ch.close();
    EXPECT_EQ(ch.receive(stopped()).status, receive_status::canceled);
    EXPECT_FALSE(ch.send(stopped(), 1)) << "a cancelled send does not look at the channel";
}

TEST_F(ChannelCancelTest, CloseIsReportedWhileNotDone) {
    const stopper s;
    const auto ch = make_channel<token>(1);
    ch.close();
    EXPECT_EQ(ch.receive(s).status, receive_status::closed);
    token mine = std::make_unique<int>(1);
    token& offered = mine;
    EXPECT_THROW(static_cast<void>(ch.send(s, std::move(offered))), closed_channel);
    EXPECT_NE(mine, nullptr);
}

TEST_F(ChannelCancelTest, CloseEndsAWaitUnderACancellation) {
    const stopper s;
    const auto ch = make_channel<int>();
    receive_status status{};
    task t = go([&] { status = ch.receive(s).status; });
    lifecycle::settle();
    ch.close();
    t.join();
    EXPECT_EQ(status, receive_status::closed);

    const auto full = make_channel<token>();
    bool thrown = false;
    token mine = std::make_unique<int>(1);
    task u = go([&] {
        try {
            static_cast<void>(full.send(s, std::move(mine)));
        } catch (const closed_channel&) {
            thrown = true;
        }
    });
    lifecycle::settle();
    full.close();
    u.join();
    EXPECT_TRUE(thrown);
    EXPECT_NE(mine, nullptr);
}

TEST_F(ChannelCancelTest, CancelEndsAWaitingReceive) {
    const stopper s;
    const auto ch = make_channel<int>();
    receive_status status{};
    task t = go([&] { status = ch.receive(s).status; });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(t));
    s.stop();
    t.join();
    EXPECT_EQ(status, receive_status::canceled);
    EXPECT_FALSE(ch.try_send(1)) << "its waiter was left in the queue";
}

TEST_F(ChannelCancelTest, CancelEndsAWaitingSendWhoseValueStaysWithItsOwner) {
    const stopper s;
    for (const std::size_t capacity : {0U, 1U}) {
        const stopper mine_to_stop;
        const auto ch = make_channel<token>(capacity);
        for (std::size_t i = 0; i < capacity; ++i) ch.send(nullptr);
        token mine = std::make_unique<int>(3);
        bool sent = true;
        task t = go([&] { sent = ch.send(mine_to_stop, std::move(mine)); });
        lifecycle::settle();
        mine_to_stop.stop();
        t.join();
        EXPECT_FALSE(sent);
        ASSERT_NE(mine, nullptr);
        EXPECT_EQ(*mine, 3);

        for (std::size_t i = 0; i < capacity; ++i) EXPECT_EQ(*ch.receive(), nullptr);
        EXPECT_EQ(ch.try_receive().status, receive_status::would_block) << "the waiter was left";
    }
}

TEST_F(ChannelCancelTest, ACancelledWaiterLeavesTheOthersInTheirOrder) {  // CH-7
    const auto ch = make_channel<int>();
    const stopper s;
    std::vector<int> got(3, -1);
    std::vector<task> tasks;
    for (int i = 0; i < 3; ++i) {
        tasks.push_back(go([&, i] {
            const auto r = i == 1 ? ch.receive(s) : ch.receive();
            if (r) got[static_cast<std::size_t>(i)] = *r;
        }));
        lifecycle::settle();
    }
    s.stop();
    tasks[1].join();
    ch.send(10);
    ch.send(11);
    tasks.clear();
    EXPECT_THAT(got, testing::ElementsAre(10, -1, 11));
}

// The entry of a wait that was cancelled stood on the stack. Left in its queue, it would be found
// where the next wait of the same task has put its own.
TEST_F(ChannelCancelTest, ACancelledWaitIsForgottenBeforeTheNextBegins) {
    const std::array<stopper, 2> s;
    const std::array ch{make_channel<int>(), make_channel<int>()};
    received<int> got;
    task t = go([&] {
        for (std::size_t i = 0; i < 2; ++i) got = ch.at(i).receive(s.at(i));
    });
    lifecycle::settle();
    s[0].stop();
    lifecycle::settle();
    EXPECT_FALSE(ch[0].try_send(1)) << "it went to who waits on the other channel";
    EXPECT_TRUE(ch[1].try_send(2));
    t.join();
    EXPECT_EQ(*got, 2);
}

TEST_F(ChannelCancelTest, OnTheNilChannelOnlyCancelEndsTheWait) {  // CH-3
    const stopper s;
    receive_status status{};
    bool sent = true;
    bool looped = false;
    task a = go([&] { status = receiver<int>{}.receive(s).status; });
    task b = go([&] { sent = sender<int>{}.send(s, 1); });
    task c = go([&] {
        for ([[maybe_unused]] const int v : receiver<int>{}.until(s)) looped = true;
    });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(a));
    EXPECT_TRUE(lifecycle::parked(b));
    EXPECT_TRUE(lifecycle::parked(c));
    s.stop();
    a.join();
    b.join();
    c.join();
    EXPECT_EQ(status, receive_status::canceled);
    EXPECT_FALSE(sent);
    EXPECT_FALSE(looped);
}

TEST_F(ChannelCancelTest, ANilDoneCancelsNothing) {
    const auto ch = make_channel<int>(1);
    EXPECT_TRUE(ch.send(never{}, 1));
    EXPECT_EQ(*ch.receive(never{}), 1);
    task t = go([=] {
        if (!ch.send(never{}, 2)) ADD_FAILURE();
        ch.close();
    });
    int sum = 0;
    for (const int v : ch.until(never{})) sum += v;
    EXPECT_EQ(sum, 2);
}

TEST_F(ChannelCancelTest, UntilEndsWithTheChannelOrWithTheCancellation) {  // CH-15
    const stopper s;
    const auto ch = make_channel<token>(3);
    for (int i = 0; i < 3; ++i) ch.send(std::make_unique<int>(i));
    int seen = 0;
    for (token v : ch.until(s)) {
        EXPECT_EQ(*v, seen++);
        if (seen == 2) s.stop();
    }
    EXPECT_EQ(seen, 2) << "done wins over the value that is left";

    ch.close();
    const stopper other;
    for (token v : ch.in().until(other)) EXPECT_EQ(*v, seen++);
    EXPECT_EQ(seen, 3);
}

// A worker loop registers with its context once and not at each receive. What a registration keeps
// is a reference to the done channel, so the references tell.
TEST_F(ChannelCancelTest, RepeatedWaitsUnderOneCancellationDoNotPileUp) {
    const stopper s;
    const stopper other;
    const auto references = [](const stopper& of) { return of.done().state().use_count(); };
    const auto unused = references(s);
    // One for the registration, and one for the operation that is going on.
    const auto waiting = unused + 2;
    const auto ping = make_channel<int>();
    const auto pong = make_channel<int>();
    task worker = go([&] {
        while (const auto v = ping.receive(s)) static_cast<void>(pong.send(s, *v));
        ping.receive(s);  // closed: does not wait, and so registers nothing
        pong.receive(other);
        pong.receive(s);
    });
    for (int i = 0; i < 100; ++i) {
        lifecycle::settle();
        ASSERT_EQ(references(s), waiting) << "after " << i << " rounds, in receive";
        ping.send(i);
        lifecycle::settle();
        ASSERT_EQ(references(s), waiting) << "after " << i << " rounds, in send";
        EXPECT_EQ(*pong.receive(), i);
    }
    ping.close();
    lifecycle::settle();
    EXPECT_EQ(references(s), unused) << "a wait under another cancellation lets go of this one";
    EXPECT_EQ(references(other), waiting);
    pong.send(0);
    lifecycle::settle();
    EXPECT_EQ(references(s), waiting);
    EXPECT_EQ(references(other), unused);
    s.stop();
}

}  // namespace braid::channel_cancel_test
