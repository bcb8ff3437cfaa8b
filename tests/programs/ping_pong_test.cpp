// Ping-pong of Sameer Ajmani's talk "Advanced Go Concurrency Patterns" (RP-13). The talk lets a
// second pass before it takes the ball; here it is taken after a number of hits.
#include <string>

#include "common/select.hpp"
#include "patterns/error_group/error_group.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::ping_pong_test {

struct ball {
    int hits = 0;
};

struct hit {
    std::string player;
    int number;
};

// Both players use one table. Each tells of its hit before it plays the ball back.
void play(const context& ctx, const std::string& name, const channel<ball>& table,
          const sender<hit>& hits) {
    while (auto b = table.receive(ctx)) {
        ++b->hits;
        if (!hits.send(ctx, {name, b->hits})) return;
        if (!table.send(ctx, *b)) return;
    }
}

class PingPongTest : public braid_test::fixture {};

TEST_F(PingPongTest, ThePlayersHitTheBallInTurn) {
    const auto table = make_channel<ball>();
    const auto hits = make_channel<hit>();
    error_group group(background());
    for (const auto* name : {"ping", "pong"})
        group.go([=](const context& ctx) { play(ctx, name, table, hits); });

    table.send(ball{});
    const int enough = braid_test::repeat(1000);
    std::vector<hit> seen;
    ball caught;
    const auto game_over = make_channel<ball>();
    task catches;  // in its turn: the game may go on a little when we have had enough, and ends
    for (bool over = false; !over;) {
        select(receive(hits, [&](received<hit> h) { seen.push_back(*h); }),
               receive(game_over, [&](received<ball> b) {
                   caught = *b;
                   over = true;
               }));
        if (static_cast<int>(seen.size()) >= enough && !catches.joinable())
            catches = go([=] { game_over.send(*table.receive()); });
    }

    EXPECT_GE(caught.hits, enough);
    ASSERT_EQ(caught.hits, static_cast<int>(seen.size()));
    EXPECT_NE(seen[0].player, seen[1].player);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i].number, static_cast<int>(i) + 1);
        EXPECT_EQ(seen[i].player, seen[i % 2].player) << "hit " << i + 1;
    }
}

using PingPongDeathTest = PingPongTest;

TEST_F(PingPongDeathTest, WithoutABallAllTasksAreAsleep) {  // G-6
    const auto run = [] {
        const auto table = make_channel<ball>();
        const auto hits = make_channel<hit>(100);
        const task ping = go({.name = "ping"}, [=] { play(background(), "ping", table, hits); });
        const task pong = go({.name = "pong"}, [=] { play(background(), "pong", table, hits); });
        table.receive();
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(braid_test::deadlock_status),
                "all tasks are asleep - deadlock!(.|\n)*\"ping\"(.|\n)*\"pong\"");
}

}  // namespace braid::ping_pong_test
