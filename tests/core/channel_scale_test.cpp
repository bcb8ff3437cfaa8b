// Many waiters, and how the cost grows with them: test/chanlinear.go and
// src/runtime/chanbarrier_test.go, by behaviour, and what of ours is like them.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::channel_scale_test {

class ChannelScaleTest : public braid_test::fixture {
protected:
    const int many = braid_test::repeat(1500);
};

TEST_F(ChannelScaleTest, CloseWakesThousandsOfReceivers) {  // CH-13
    const auto ch = make_channel<int>();
    std::atomic<int> told{0};
    std::vector<task> tasks;
    for (int i = 0; i < many; ++i) {
        tasks.push_back(go([&] {
            if (ch.receive().status == receive_status::closed) ++told;
        }));
    }
    lifecycle::settle();
    ch.close();
    tasks.clear();
    EXPECT_EQ(told, many);
}

TEST_F(ChannelScaleTest, OneCancelEndsThousandsOfWaits) {
    struct stopper {
        receiver<unit> closed;
        const receiver<unit>& done() const { return closed; }
    };
    const auto closer = make_channel<unit>();
    const stopper s{closer};
    const auto ch = make_channel<int>();
    std::atomic<int> ended{0};
    std::vector<task> tasks;
    for (int i = 0; i < many; ++i) {
        tasks.push_back(go([&] {
            if (ch.receive(s).status == receive_status::canceled) ++ended;
        }));
    }
    lifecycle::settle();
    closer.close();
    tasks.clear();
    EXPECT_EQ(ended, many);
    EXPECT_FALSE(ch.try_send(1)) << "a waiter was left";
}

TEST_F(ChannelScaleTest, ThousandsOfParkedSendersAreEachServedOnce) {  // CH-8, CH-21
    const auto ch = make_channel<int>(10);
    std::vector<task> tasks;
    for (int i = 0; i < many; ++i) tasks.push_back(go([=] { ch.send(i); }));
    lifecycle::settle();
    EXPECT_EQ(ch.size(), 10U);
    std::vector<int> times(static_cast<std::size_t>(many));
    for (int i = 0; i < many; ++i) ++times.at(static_cast<std::size_t>(*ch.receive()));
    EXPECT_THAT(times, testing::Each(1));
}

// chanlinear.go: everybody waits on one popular channel and on one of its own, is woken through its
// own, and queues up on the popular one again.
TEST_F(ChannelScaleTest, ThousandsOfSelectsShareAPopularChannel) {  // CH-21, SEL-10
    constexpr int messages = 10;
    const auto popular = make_channel<bool>();
    std::vector<channel<bool>> own;
    std::vector<task> tasks;
    std::atomic<int> woken{0};
    for (int i = 0; i < many; ++i) {
        own.push_back(make_channel<bool>());
        tasks.push_back(go([&, d = own.back()] {
            for (int j = 0; j < messages; ++j) {
                if (select(receive(popular), receive(d)) == 1) ++woken;
            }
        }));
    }
    for (int j = 0; j < messages; ++j) {
        for (const auto& d : own) d.send(true);
    }
    tasks.clear();
    EXPECT_EQ(woken, many * messages);
    EXPECT_FALSE(popular.try_send(true)) << "a waiter was left";
}

// The same as a ratio. Go measures it with n goroutines; with a thread for each, waking them would
// outweigh a queue that is searched from end to end. So the n waiters that stand in the queue, and
// the n that leave it, are those of two selects.
std::chrono::nanoseconds time_to_leave_a_popular_channel(int n) {
    constexpr int rounds = 4;
    const auto popular = make_channel<bool>();
    const auto own = make_channel<bool>();
    const auto wait = [&](int times) {
        for (int i = 0; i < times; ++i) {
            select_list cases;
            for (int k = 0; k < n; ++k) cases.receive(popular, [] {});
            cases.receive(own, [] {});
            select(cases);
        }
    };
    // Succeeds only when the other one has queued up again on both of its channels.
    const auto wake = [&] {
        while (!own.try_send(true)) this_task::yield();
    };
    task waits_for_ever = go([&] {
        select_list cases;
        for (int k = 0; k < n; ++k) cases.receive(popular, [] {});
        select(cases);
    });
    lifecycle::settle();
    task comes_and_goes = go([&] { wait(rounds + 1); });
    wake();
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < rounds; ++i) wake();
    const auto took = std::chrono::steady_clock::now() - begin;
    comes_and_goes.join();
    popular.close();
    return took;
}

TEST_F(ChannelScaleTest, LeavingAPopularChannelTakesLinearTime) {  // CH-21, SEL-10
    const int n = braid_test::repeat(6000);
    // Two times the waiters take two times as long, or four times if each is searched for. As in
    // Go three is the bound, and a busy machine gets five attempts.
    double ratio = 0;
    for (int attempt = 0; attempt < 5; ++attempt) {
        const auto once = time_to_leave_a_popular_channel(n);
        const auto twice = time_to_leave_a_popular_channel(2 * n);
        ratio = static_cast<double>(twice.count()) / static_cast<double>(once.count());
        if (ratio < 3) break;
    }
    EXPECT_LT(ratio, 3.0);
}

// chanbarrier_test.go: the value comes from the stack of a task that ends at once, and is looked at
// after that.
TEST_F(ChannelScaleTest, AValueOutlivesTheStackItWasSentFrom) {  // CH-17
    struct response {
        std::unique_ptr<std::string> error;
        std::array<int, 64> body;
    };
    const int each = braid_test::repeat(150);
    for (const bool selects : {false, true}) {
        std::vector<task> tasks;
        for (int i = 0; i < 8; ++i) {
            tasks.push_back(go([=] {
                for (int j = 0; j < each; ++j) {
                    const auto ch = make_channel<response>();
                    const auto done = make_channel<unit>();
                    task sender = go([=] {
                        response r{std::make_unique<std::string>("refused"), {}};
                        r.body.fill(j);
                        if (selects)
                            select(send(ch, std::move(r)), receive(done));
                        else
                            ch.send(std::move(r));
                    });
                    const auto r = ch.receive();
                    sender.join();
                    EXPECT_EQ(*r->error, "refused");
                    EXPECT_THAT(r->body, testing::Each(j));
                }
            }));
        }
    }
}

}  // namespace braid::channel_scale_test
