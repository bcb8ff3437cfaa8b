// What a channel orders: the TestNoRace programs of Go's src/runtime/race/testdata/chan_test.go, by
// behaviour. Their plain variables are ordered by channel operations alone, so they must be clean
// under ThreadSanitizer, and right without it. Those with a select are in select_race_test.cpp.
//
// Left out, with the reason: the TestRace programs of that file (ChanAsyncRev, ChanSyncCloseSend,
// ChanAsyncCloseSend, ChanCloseClose, ChanSendLen, ChanRecvLen, ChanSendSend, ChanWrongSend,
// ChanWrongClose, ChanSendClose, ChanReadWriteAsync, ChanReadWriteSync, ChanItselfSend, Recv, Nil,
// Close, Len and Cap, ChanCloseSend, ChanSem). They show which edges Go does not promise; a channel
// that is built on a lock has more edges than that, so their silence here would not be a defect.
// What must not be relied on is said in channel_order_test.cpp.
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::channel_race_test {

class ChannelRaceTest : public braid_test::race_fixture {};

// ChanSync and ChanAsync.
TEST_F(ChannelRaceTest, ChanSync) {  // MM-2
    for (const std::size_t capacity : {0U, 10U})
        many_times([&] {
            int v = 0;
            const auto c = make_channel<int>(capacity);
            task t = go([&] {
                v = 1;
                c.send(0);
            });
            meet();
            c.receive();
            EXPECT_EQ(v, 1);
            v = 2;
        });
}

TEST_F(ChannelRaceTest, ChanSyncRev) {  // MM-4
    many_times([&] {
        int v = 0;
        const auto c = make_channel<int>();
        task t = go([&] {
            c.send(0);
            EXPECT_EQ(v, 1);
            v = 2;
        });
        meet();
        v = 1;
        c.receive();
    });
}

// ChanSyncCloseRecv, ChanAsyncCloseRecv and their 2 and 3: three ways to learn of a close.
TEST_F(ChannelRaceTest, CloseRecv) {  // MM-3
    const std::array<std::function<void(const channel<int>&)>, 4> ways{
        [](const channel<int>& c) { c.receive(); },
        [](const channel<int>& c) { EXPECT_EQ(c.receive().status, receive_status::closed); },
        [](const channel<int>& c) {
            for ([[maybe_unused]] const int v : c) ADD_FAILURE();
        },
        [](const channel<int>& c) {  // ours
            while (c.try_receive().status != receive_status::closed) this_task::yield();
        }};
    for (const std::size_t capacity : {0U, 10U}) {
        for (const auto& learn_of_close : ways) {
            many_times([&] {
                int v = 0;
                const auto c = make_channel<int>(capacity);
                task t = go([&] {
                    v = 1;
                    c.close();
                });
                meet();
                learn_of_close(c);
                EXPECT_EQ(v, 1);
                v = 2;
            });
        }
    }
}

TEST_F(ChannelRaceTest, ChanPtr) {  // MM-2
    struct message {
        int x;
    };
    many_times([&] {
        const auto c = make_channel<std::shared_ptr<message>>();
        task t = go([=] { c.send(std::make_shared<message>(message{1})); });
        meet();
        const auto m = *c.receive();
        EXPECT_EQ(m->x, 1);
        m->x = 2;
    });
}

TEST_F(ChannelRaceTest, ChanReadWriteAsync) {  // MM-2
    many_times([&] {
        const auto done = make_channel<bool>();
        const auto c1 = make_channel<int>(10);
        int x = 5;
        task t = go([&] {
            c1.send(x);
            done.send(true);
        });
        meet();
        x = *c1.receive();
        EXPECT_EQ(x, 5);
        done.receive();
    });
}

TEST_F(ChannelRaceTest, ProducerConsumerUnbuffered) {  // MM-2
    struct job {
        std::function<void()> f;
        channel<bool> done;
    };
    many_times([&] {
        const auto queue = make_channel<job>();
        task t = go([=] {
            const auto j = queue.receive();
            j->f();
            j->done.send(true);
        });
        meet();
        int x = 0;
        const auto done = make_channel<bool>(1);
        queue.send({[&] { x = 1; }, done});
        done.receive();
        EXPECT_EQ(x, 1);
    });
}

TEST_F(ChannelRaceTest, ChanCloseLenAndChanCloseCap) {  // CH-9
    many_times([&] {
        const auto c = make_channel<int>(10);
        const auto r = make_channel<std::size_t>(10);
        task a = go([=] { r.send(c.size()); });
        task b = go([=] { r.send(c.capacity()); });
        task d = go([=] {
            c.close();
            r.send(10);
        });
        for (int i = 0; i < 3; ++i) EXPECT_THAT(*r.receive(), testing::AnyOf(0U, 10U));
    });
}

TEST_F(ChannelRaceTest, ChanMutex) {  // MM-4: a channel of capacity 1 is a mutex
    many_times([&] {
        const auto done = make_channel<unit>();
        const auto mtx = make_channel<unit>(1);
        int data = 0;
        task t = go([&] {
            mtx.send({});
            data = 42;
            mtx.receive();
            done.send({});
        });
        mtx.send({});
        data = 43;
        mtx.receive();
        done.receive();
        EXPECT_THAT(data, testing::AnyOf(42, 43));
    });
}

TEST_F(ChannelRaceTest, ChanWaitGroup) {  // MM-4: one of capacity n is a semaphore
    constexpr std::size_t n = 10;
    many_times([&] {
        const auto wg = make_channel<bool>(n / 2);
        std::array<int, n> data{};
        std::vector<task> tasks;
        for (int& mine : data) {
            wg.send(true);
            tasks.push_back(go([&, wg] {
                mine = 42;
                wg.receive();
            }));
        }
        for (std::size_t i = 0; i < wg.capacity(); ++i) wg.send(true);
        EXPECT_THAT(data, testing::Each(42));
    });
}

TEST_F(ChannelRaceTest, BlockedSendSync) {  // MM-2: also when the sender had to wait for room
    many_times([&] {
        const auto c = make_channel<int*>(1);
        c.send(nullptr);
        int i = 0;
        task t = go([&] {
            i = 42;
            c.send(&i);
        });
        meet();
        c.receive();
        EXPECT_EQ(**c.receive(), 42);
    });
}

TEST_F(ChannelRaceTest, ElemSize0) {  // MM-4, CH-18
    many_times([&] {
        int x = 0;
        int y = 0;
        const auto c = make_channel<unit>(2);
        c.send({});
        c.send({});
        task a = go([&] {
            ++x;
            c.receive();
        });
        task b = go([&] {
            ++y;
            c.receive();
        });
        meet();
        c.send({});
        c.send({});
        EXPECT_EQ(++x, 2);
        EXPECT_EQ(++y, 2);
    });
}

}  // namespace braid::channel_race_test
