// The "boring" programs of Rob Pike's talk "Go Concurrency Patterns" (RP-1 to RP-6). In the talk
// the speakers pause for a random time between their lines and never stop. Here they do not pause,
// or until they are told, and a speaker's task ends with its owner. What the programs print is
// collected.
#include <functional>
#include <string>

#include "common/select.hpp"
#include "common/timer.hpp"
#include "patterns/error_group/error_group.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::boring_test {

using testing::ElementsAre;
using namespace std::chrono_literals;

std::string line(const std::string& who, int i) { return who + " " + std::to_string(i); }

// Who spoke, and which line of theirs it was.
std::pair<std::string, int> parse(const std::string& line) {
    const auto space = line.rfind(' ');
    return {line.substr(0, space), std::stoi(line.substr(space + 1))};
}

// A function that returns a channel: the generator.
receiver<std::string> boring(error_group& group, const std::string& who) {
    const auto c = make_channel<std::string>();
    group.go([=](const context& ctx) {
        for (int i = 0; c.send(ctx, line(who, i)); ++i) {
        }
    });
    return c;
}

class BoringTest : public braid_test::fixture {};

// --- RP-1 ------------------------------------------------------------------------------------

TEST_F(BoringTest, AChannelConnectsMainWithTheSpeaker) {  // changoboring
    const auto c = make_channel<std::string>();
    std::vector<std::string> said;
    {
        error_group group(background());
        group.go([c](const context& ctx) {
            for (int i = 0; c.send(ctx, line("boring!", i)); ++i) {
            }
        });
        for (int i = 0; i < 5; ++i) said.push_back("You say: \"" + *c.receive() + "\"");
    }
    said.emplace_back("You're boring; I'm leaving.");
    EXPECT_THAT(said, ElementsAre("You say: \"boring! 0\"", "You say: \"boring! 1\"",
                                  "You say: \"boring! 2\"", "You say: \"boring! 3\"",
                                  "You say: \"boring! 4\"", "You're boring; I'm leaving."));
}

TEST_F(BoringTest, AGeneratorReturnsTheChannelOfItsTask) {  // generatorboring
    error_group group(background());
    const auto c = boring(group, "boring!");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(*c.receive(), line("boring!", i));
}

// --- RP-2 ------------------------------------------------------------------------------------

TEST_F(BoringTest, TwoSpeakersInLockstep) {  // generator2boring
    error_group group(background());
    const auto joe = boring(group, "Joe");
    const auto ann = boring(group, "Ann");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(*joe.receive(), line("Joe", i));
        EXPECT_EQ(*ann.receive(), line("Ann", i));
    }
}

// --- RP-3 ------------------------------------------------------------------------------------

// Whoever is ready speaks. Two tasks that copy...
receiver<std::string> fan_in_by_two_tasks(error_group& group, const receiver<std::string>& a,
                                          const receiver<std::string>& b) {
    const auto c = make_channel<std::string>();
    for (const auto& in : {a, b})
        group.go([=](const context& ctx) {
            while (auto v = in.receive(ctx))
                if (!c.send(ctx, *std::move(v))) return;
        });
    return c;
}

// ...or one that selects.
receiver<std::string> fan_in_by_select(error_group& group, const receiver<std::string>& a,
                                       const receiver<std::string>& b) {
    const auto c = make_channel<std::string>();
    group.go([=](const context& ctx) {
        for (;;) {
            received<std::string> v;
            select(receive(a, v), receive(b, v), receive(ctx.done()));
            if (!v || !c.send(ctx, *std::move(v))) return;
        }
    });
    return c;
}

void expect_each_speaker_in_order(const receiver<std::string>& c, int lines) {
    int joe = 0;
    int ann = 0;
    for (int i = 0; i < lines; ++i) {
        const auto said = parse(*c.receive());
        int& expected = said.first == "Joe" ? joe : ann;
        EXPECT_EQ(said.second, expected++) << said.first;
    }
    EXPECT_EQ(joe + ann, lines);
}

TEST_F(BoringTest, FanInByTwoTasksKeepsTheOrderOfEachSpeaker) {  // faninboring
    error_group group(background());
    expect_each_speaker_in_order(
        fan_in_by_two_tasks(group, boring(group, "Joe"), boring(group, "Ann")), 10);
    // The talk stops after 10 lines. More, so that both speakers are sure to be heard.
    const auto c = fan_in_by_two_tasks(group, boring(group, "Joe"), boring(group, "Ann"));
    expect_each_speaker_in_order(c, braid_test::repeat(1000));
}

TEST_F(BoringTest, FanInBySelectDoesTheSame) {  // selectboring
    error_group group(background());
    expect_each_speaker_in_order(
        fan_in_by_select(group, boring(group, "Joe"), boring(group, "Ann")), 10);
    const auto c = fan_in_by_select(group, boring(group, "Joe"), boring(group, "Ann"));
    expect_each_speaker_in_order(c, braid_test::repeat(1000));
}

// A slow speaker does not hold up a fast one, as it does in lockstep.
TEST_F(BoringTest, FanInDoesNotWaitForASilentSpeaker) {
    for (const auto fan_in : {fan_in_by_two_tasks, fan_in_by_select}) {
        error_group group(background());
        const auto silent = make_channel<std::string>(1);
        const auto c = fan_in(group, boring(group, "Joe"), silent);
        for (int i = 0; i < 10; ++i) EXPECT_EQ(*c.receive(), line("Joe", i));
        silent.send("Ann 0");
        std::string said;
        do {
            said = *c.receive();
        } while (said != "Ann 0");
    }
}

// --- RP-4 ------------------------------------------------------------------------------------

// A message that holds up its speaker until it is told to go on.
struct message {
    std::string text;
    sender<unit> go_on;
};

receiver<message> patient(error_group& group, const std::string& who) {
    const auto c = make_channel<message>();
    group.go([=](const context& ctx) {
        const auto wait = make_channel<unit>();  // the same in all its messages
        for (int i = 0; c.send(ctx, {line(who, i), wait}); ++i)
            if (!wait.receive(ctx)) return;
    });
    return c;
}

TEST_F(BoringTest, AChannelInTheMessageKeepsTheSpeakersInStep) {  // sequenceboring
    error_group group(background());
    const auto c = make_channel<message>();
    for (const auto& in : {patient(group, "Joe"), patient(group, "Ann")})
        group.go([=](const context& ctx) {
            while (auto m = in.receive(ctx))
                if (!c.send(ctx, *std::move(m))) return;
        });
    for (int i = 0; i < 5; ++i) {
        const auto first = *c.receive();
        const auto second = *c.receive();
        EXPECT_THAT((std::vector{first.text, second.text}),
                    testing::UnorderedElementsAre(line("Joe", i), line("Ann", i)));
        first.go_on.send(unit{});
        second.go_on.send(unit{});
    }
}

// --- RP-5 ------------------------------------------------------------------------------------

using timeouts = std::function<receiver<time_point>()>;

// Waits for each line anew.
std::vector<std::string> patience_for_each_line(const receiver<std::string>& c,
                                                const timeouts& timeout) {
    std::vector<std::string> said;
    for (bool over = false; !over;)
        select(receive(c, [&](received<std::string> s) { said.push_back(*std::move(s)); }),
               receive(timeout(), [&] {
                   said.emplace_back("You're too slow.");
                   over = true;
               }));
    return said;
}

// Has so much time for all of them.
std::vector<std::string> patience_for_all(const receiver<std::string>& c, const timeouts& timeout) {
    std::vector<std::string> said;
    const auto up = timeout();
    for (bool over = false; !over;)
        select(receive(c, [&](received<std::string> s) { said.push_back(*std::move(s)); }),
               receive(up, [&] {
                   said.emplace_back("You talk too much.");
                   over = true;
               }));
    return said;
}

// A clock by hand: every timeout that is asked for is one and the same channel.
struct manual {
    channel<time_point> fires = make_channel<time_point>();
    int asked = 0;
    timeouts make() {
        return [this] {
            ++asked;
            return fires.in();
        };
    }
};

TEST_F(BoringTest, ATimeoutForEachLineEndsAtTheFirstLongPause) {  // timeout.go, SEL-16
    const auto c = make_channel<std::string>();
    manual clock;
    std::vector<std::string> said;
    {
        const task listener = go([&] { said = patience_for_each_line(c, clock.make()); });
        for (int i = 0; i < 3; ++i) c.send(line("Joe", i));
        clock.fires.send({});  // Joe is silent
    }
    EXPECT_THAT(said, ElementsAre("Joe 0", "Joe 1", "Joe 2", "You're too slow."));
    EXPECT_EQ(clock.asked, 4) << "each wait has a timeout of its own";
}

TEST_F(BoringTest, OneTimeoutForAllLinesEndsAConversationThatNeverPauses) {  // timeoutall.go
    const auto c = make_channel<std::string>();
    manual clock;
    std::vector<std::string> said;
    {
        const task listener = go([&] { said = patience_for_all(c, clock.make()); });
        for (int i = 0; i < 3; ++i) c.send(line("Joe", i));
        clock.fires.send({});
    }
    EXPECT_THAT(said, ElementsAre("Joe 0", "Joe 1", "Joe 2", "You talk too much."));
    EXPECT_EQ(clock.asked, 1);
}

// The same two on real timers. How many lines are heard is up to the machine.
TEST_F(BoringTest, TheTimersOfTheCoreEndBothConversations) {
    const auto lines_then = [](const std::vector<std::string>& said, const std::string& last) {
        for (std::size_t i = 0; i + 1 < said.size(); ++i)
            EXPECT_EQ(said[i], line("Joe", static_cast<int>(i)));
        EXPECT_EQ(said.back(), last);
    };
    error_group group(background());

    const auto silent_after_three = make_channel<std::string>(3);
    for (int i = 0; i < 3; ++i) silent_after_three.send(line("Joe", i));
    auto begun = std::chrono::steady_clock::now();
    lines_then(patience_for_each_line(silent_after_three, [] { return after(20ms); }),
               "You're too slow.");
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 20ms);

    begun = std::chrono::steady_clock::now();
    lines_then(patience_for_all(boring(group, "Joe"), [] { return after(20ms); }),
               "You talk too much.");
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 20ms);
}

// --- RP-6 ------------------------------------------------------------------------------------

TEST_F(BoringTest, AQuitChannelStopsTheSpeaker) {  // quit.go
    const auto c = make_channel<std::string>();
    const auto quit = make_channel<unit>();
    const task joe = go([=] {
        bool told = false;
        for (int i = 0; !told; ++i)
            select(send(c, line("Joe", i)), receive(quit, [&] { told = true; }));
    });
    for (int i = 0; i < 7; ++i) EXPECT_EQ(*c.receive(), line("Joe", i));
    quit.send(unit{});
}  // the task ends: its owner waits for it

TEST_F(BoringTest, TheSpeakerCleansUpBeforeItSaysGoodbye) {  // rcvquit.go
    const auto c = make_channel<std::string>();
    const auto quit = make_channel<std::string>();  // in both directions
    bool cleaned_up = false;                        // plain: the goodbye orders it
    const task joe = go([=, &cleaned_up] {
        bool told = false;
        for (int i = 0; !told; ++i)
            select(send(c, line("Joe", i)), receive(quit, [&] { told = true; }));
        cleaned_up = true;
        quit.send("See you!");
    });
    for (int i = 0; i < 5; ++i) EXPECT_EQ(*c.receive(), line("Joe", i));
    quit.send("Bye!");
    EXPECT_EQ("Joe says: \"" + *quit.receive() + "\"", "Joe says: \"See you!\"");
    EXPECT_TRUE(cleaned_up);
}

}  // namespace braid::boring_test
