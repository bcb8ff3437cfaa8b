// Cancellations that come at the same time as values, as the wait itself, or to many at once.
#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/slow.hpp"
#include "tests/support/stopper.hpp"
#include "tests/support/watched_thread.hpp"

namespace braid::channel_cancel_race_test {

using braid_test::slow;
using braid_test::stopper;
using braid_test::watched_thread;

class ChannelCancelRaceTest : public braid_test::fixture {};

using token = std::unique_ptr<int>;

TEST_F(ChannelCancelRaceTest, CancelEndsEveryWaitUnderIt) {
    const stopper s;
    const auto a = make_channel<int>();
    const auto b = make_channel<int>();
    std::atomic<int> ended{0};
    std::vector<task> tasks;
    for (int i = 0; i < 20; ++i) {
        tasks.push_back(go([&, i] {
            const bool canceled =
                i % 2 == 0 ? a.receive(s).status == receive_status::canceled : !b.send(s, i);
            if (canceled) ++ended;
        }));
    }
    std::thread plain([&] {
        if (!a.receive(s)) ++ended;
    });
    lifecycle::settle();
    s.stop();
    tasks.clear();
    plain.join();
    EXPECT_EQ(ended, 21);
}

// The cancel comes when the one it concerns has already looked at its done channel, but does not
// yet wait: it sleeps on the lock of the channel that it wants to receive from. Plain threads,
// because they block on the lock itself.
TEST_F(ChannelCancelRaceTest, NoCancelIsMissedBetweenTheLookAndTheWait) {
    const int rounds = braid_test::repeat(20);
    for (int i = 0; i < rounds; ++i) {
        const stopper s;
        const auto ch = make_channel<slow>(1);
        ch.send(slow());
        slow::moving = slow::go_on = false;
        slow::armed = true;
        std::thread holds_the_lock([&] { ch.receive(); });
        while (!slow::moving) std::this_thread::yield();

        receive_status status{};
        {
            const watched_thread waits([&] { status = ch.receive(s).status; });
            waits.until_asleep();
            EXPECT_FALSE(waits.ended());
            s.stop();
            slow::go_on = true;
        }
        holds_the_lock.join();
        EXPECT_EQ(status, receive_status::canceled);
    }
}

// Both at once: either the value has changed hands, and both sides say so, or neither does.
TEST_F(ChannelCancelRaceTest, ACancelThatRacesWithValuesLosesAndDuplicatesNone) {
    const int rounds = braid_test::repeat(400);
    constexpr int each = 20;
    for (int round = 0; round < rounds; ++round) {
        const auto ch = make_channel<token>(static_cast<std::size_t>(round % 3));
        const stopper s;
        std::vector<int> sent[2];
        std::vector<int> received[2];
        std::atomic<int> lost{0};
        {
            std::vector<task> tasks;
            for (int p = 0; p < 2; ++p) {
                tasks.push_back(go([&, p] {
                    for (int i = 0; i < each; ++i) {
                        const int value = p * each + i;
                        token mine = std::make_unique<int>(value);
                        token& offered = mine;
                        if (!ch.send(s, std::move(offered))) {
                            if (mine == nullptr || *mine != value) ++lost;
                            return;
                        }
                        sent[p].push_back(value);
                    }
                }));
                tasks.push_back(go([&, p] {
                    for (token v : ch.until(s)) received[p].push_back(*v);
                }));
            }
            for (int i = 0; i < round % 8; ++i) this_task::yield();
            s.stop();
        }
        while (const auto left = ch.try_receive()) received[0].push_back(**left);

        std::vector<int> all_sent = sent[0];
        all_sent.insert(all_sent.end(), sent[1].begin(), sent[1].end());
        std::vector<int> all_received = received[0];
        all_received.insert(all_received.end(), received[1].begin(), received[1].end());
        std::ranges::sort(all_received);
        ASSERT_EQ(all_sent, all_received) << "round " << round;
        ASSERT_EQ(lost, 0);
    }
}

TEST_F(ChannelCancelRaceTest, WhoCancelsAndThenClosesIsNeverSeenToCloseOnly) {
    for (int i = 0; i < braid_test::repeat(2000); ++i) {
        const stopper s;
        const auto ch = make_channel<int>();
        task t = go([&] {
            s.stop();
            ch.close();
        });
        for (int j = 0; j < i % 8; ++j) this_task::yield();
        EXPECT_EQ(ch.receive(s).status, receive_status::canceled);
    }
}

}  // namespace braid::channel_cancel_race_test
