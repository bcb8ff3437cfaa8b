// What a channel orders, and what it does not, beyond Go's own programs (channel_race_test.cpp).
// Plain variables are ordered by channel operations alone: clean under ThreadSanitizer, and right
// without it.
#include <memory>
#include <thread>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::channel_order_test {

class ChannelOrderTest : public braid_test::race_fixture {};

// size() and a try_ that fails order nothing; the operation that succeeds afterwards does.
TEST_F(ChannelOrderTest, PollingIsNoSubstituteForTheReceive) {  // MM-5
    many_times([&] {
        int v = 0;
        const auto c = make_channel<int>(1);
        task t = go([&] {
            v = 1;
            c.send(0);
        });
        while (c.size() == 0) this_task::yield();
        c.receive();  // without it, the next line would rely on an edge that is not promised
        EXPECT_EQ(v, 1);
    });
}

TEST_F(ChannelOrderTest, TheTryThatSucceedsOrders) {  // MM-2, MM-4, MM-5
    many_times([&] {
        int v = 0;
        const auto c = make_channel<int>();
        task t = go([&] {
            v = 1;
            while (!c.try_send(0)) this_task::yield();
        });
        c.receive();
        EXPECT_EQ(v, 1);
        v = 2;
        task u = go([&] {
            c.send(0);
            EXPECT_EQ(v, 3);
        });
        v = 3;
        while (!c.try_receive()) this_task::yield();
    });
}

TEST_F(ChannelOrderTest, EachSendOrdersWithItsOwnReceive) {  // MM-2, MM-4
    const int n = braid_test::repeat(2000);
    for (const std::size_t capacity : {0U, 1U, 3U}) {
        const auto c = make_channel<std::size_t>(capacity);
        // A slot is read before the next receive, which comes before the end of a send that is
        // `capacity` later. So with two more slots than that, none is read and written at once.
        std::vector<int> slots(capacity + 2);
        task t = go([&] {
            for (int i = 0; i < n; ++i) {
                const std::size_t slot = static_cast<std::size_t>(i) % slots.size();
                slots[slot] = i;
                c.send(slot);
            }
            c.close();
        });
        int expected = 0;
        for (const std::size_t slot : c) EXPECT_EQ(slots[slot], expected++);
        EXPECT_EQ(expected, n);
    }
}

// A done channel is closed, and the wait it ends sees what came before (MM-3), whether that wait
// had begun or not.
TEST_F(ChannelOrderTest, CancelOrders) {
    struct stopper {
        receiver<unit> closed;
        const receiver<unit>& done() const { return closed; }
    };
    many_times([&] {
        int v = 0;
        const auto closer = make_channel<unit>();
        const stopper s{closer};
        const auto c = make_channel<int>();
        task a = go([&] {
            EXPECT_EQ(c.receive(s).status, receive_status::canceled);
            EXPECT_EQ(v, 1);
        });
        task b = go([&] {
            EXPECT_FALSE(receiver<int>{}.receive(s));
            EXPECT_EQ(v, 1);
        });
        meet();
        v = 1;
        closer.close();
    });
}

TEST_F(ChannelOrderTest, PlainThreadsAreOrderedLikeTasks) {  // MM-2, MM-3, MM-4
    many_times([&] {
        int v = 0;
        const auto there = make_channel<unit>();
        const auto back = make_channel<unit>(1);
        std::thread plain([&] {
            there.receive();
            EXPECT_EQ(v, 1);
            v = 2;
            back.send({});
            there.receive();
            EXPECT_EQ(v, 3);
        });
        v = 1;
        there.send({});
        back.receive();
        EXPECT_EQ(v, 2);
        v = 3;
        there.close();
        plain.join();
    });
}

// The state of a channel lives as long as its last handle, whoever that belongs to.
TEST_F(ChannelOrderTest, TheLastHandleMayBeDroppedAnywhere) {  // CH-19
    many_times([&] {
        auto c = make_channel<std::unique_ptr<int>>(2);
        task t = go([in = c.in()] {
            for (const auto& v : in) EXPECT_EQ(*v, 1);
        });
        c.send(std::make_unique<int>(1));
        c.close();
        c = {};
    });
}

}  // namespace braid::channel_order_test
