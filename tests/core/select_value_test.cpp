// select's operands, values and handlers: what is evaluated, moved, copied, called, and when.
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::select_value_test {

class SelectValueTest : public braid_test::fixture {};
class SelectHandlerTest : public braid_test::fixture {};
class SelectWhenTest : public braid_test::fixture {};

using token = std::unique_ptr<int>;

template <class T>
channel<T> ready(T value) {
    const auto ch = make_channel<T>(1);
    ch.send(std::move(value));
    return ch;
}

// --- Values ------------------------------------------------------------------------------------

TEST_F(SelectValueTest, AnRvalueIsMovedOnlyIfItsCaseWins) {
    const auto full = make_channel<token>();
    const auto room = make_channel<token>(1);
    token loser = std::make_unique<int>(1);
    token winner = std::make_unique<int>(2);
    token& losing = loser;
    token& winning = winner;
    EXPECT_EQ(select(send(full, std::move(losing)), send(room, std::move(winning))), 1U);
    EXPECT_NE(loser, nullptr);
    EXPECT_EQ(winner, nullptr);
    EXPECT_EQ(**room.receive(), 2);

    EXPECT_EQ(select(send(full, std::move(losing)), otherwise()), 1U);
    EXPECT_NE(loser, nullptr);
    full.close();
    EXPECT_THROW(select(send(full, std::move(losing))), closed_channel);
    ASSERT_NE(loser, nullptr);
    EXPECT_EQ(*loser, 1);
}

TEST_F(SelectValueTest, AnRvalueIsMovedOnlyIfItsCaseWinsAfterAWait) {
    const auto a = make_channel<token>();
    const auto b = make_channel<token>();
    token loser = std::make_unique<int>(1);
    token winner = std::make_unique<int>(2);
    task t = go([&] { select(send(a, std::move(loser)), send(b, std::move(winner))); });
    lifecycle::settle();
    EXPECT_EQ(**b.receive(), 2);
    t.join();
    ASSERT_NE(loser, nullptr);
    EXPECT_EQ(*loser, 1);
    EXPECT_EQ(winner, nullptr);
}

TEST_F(SelectValueTest, AnRvalueSurvivesEveryRoundThatItLoses) {
    const auto out = make_channel<token>();
    const auto tick = make_channel<int>();
    task ticks = go([=] {
        for (int i = 0; i < 10; ++i) tick.send(i);
        EXPECT_EQ(**out.receive(), 5);
    });
    token mine = std::make_unique<int>(5);
    token& offered = mine;
    int lost = 0;
    while (select(send(out, std::move(offered)), receive(tick)) == 1) {
        ASSERT_NE(mine, nullptr);
        ++lost;
    }
    EXPECT_EQ(lost, 10);
    EXPECT_EQ(mine, nullptr);
}

TEST_F(SelectValueTest, AnLvalueIsCopiedOnEntry) {  // SEL-1
    const auto ch = make_channel<std::string>();
    std::string mine = "a string too long for the small string optimisation";
    const std::string before = mine;
    const auto changed = make_channel<unit>();
    task t = go([&] {
        EXPECT_EQ(*ch.receive(), before);
        changed.send({});
    });
    // The copy is made when the case is, so what the other operands do to `mine` comes too late.
    auto offer = send(ch, mine);
    mine = "changed";
    EXPECT_EQ(select(std::move(offer)), 0U);
    changed.receive();
    EXPECT_EQ(mine, "changed");
}

TEST_F(SelectValueTest, OtherTypesAreConvertedOnEntry) {
    const auto ch = make_channel<std::string>(1);
    select(send(ch, "literal"));
    EXPECT_EQ(*ch.receive(), "literal");
    const auto wide = make_channel<double>(1);
    select(send(wide, 2));
    EXPECT_EQ(*wide.receive(), 2.0);
}

TEST_F(SelectValueTest, AssignsOnlyIfItsCaseIsChosen) {  // SEL-2
    const auto never = make_channel<int>();
    received<int> untouched;
    received<int> assigned;
    EXPECT_EQ(select(receive(never, untouched), receive(ready(4), assigned)), 1U);
    EXPECT_EQ(untouched.status, receive_status::would_block);
    EXPECT_EQ(untouched.value, std::nullopt);
    EXPECT_EQ(*assigned, 4);
}

TEST_F(SelectValueTest, MoveOnlyValuesAreReceived) {
    const auto ch = make_channel<token>();
    for (const bool wait : {false, true}) {
        task t = go([=] { ch.send(std::make_unique<int>(3)); });
        if (wait) lifecycle::settle();
        token got;
        select(receive(ch, [&](received<token> r) { got = *std::move(r); }),
               receive(make_channel<int>()));
        ASSERT_NE(got, nullptr);
        EXPECT_EQ(*got, 3);
    }
}

TEST_F(SelectValueTest, EachOperandIsEvaluatedOnceWhicheverCaseWins) {  // SEL-1
    int channels = 0;
    int values = 0;
    const auto never = make_channel<int>();
    const auto channel_of = [&](const channel<int>& c) {
        ++channels;
        return c;
    };
    const auto value_of = [&](int v) {
        ++values;
        return v;
    };
    for (int i = 1; i <= 10; ++i) {
        select(receive(channel_of(never)), send(channel_of(never), value_of(1)),
               receive(channel_of(ready(1))), send(channel_of({}), value_of(2)));
        EXPECT_EQ(channels, 4 * i);
        EXPECT_EQ(values, 2 * i);
    }
}

// --- Handlers ----------------------------------------------------------------------------------

TEST_F(SelectHandlerTest, TheHandlerOfTheChosenCaseRunsAndNoOther) {
    std::string ran;
    const auto never = make_channel<int>();
    const auto room = make_channel<int>(1);
    select(receive(never, [&](received<int>) { ran += "a"; }), send(room, 1, [&] { ran += "b"; }),
           otherwise([&] { ran += "c"; }));
    EXPECT_EQ(ran, "b");
    select(receive(never, [&](received<int>) { ran += "d"; }),
           receive(room, [&](auto r) { ran += std::to_string(*r); }),
           otherwise([&] { ran += "e"; }));
    EXPECT_EQ(ran, "b1");
    select(receive(room, [&] { ran += "f"; }), otherwise([&] { ran += "g"; }));
    EXPECT_EQ(ran, "b1g");
}

TEST_F(SelectHandlerTest, ItMayUseTheSameChannels) {
    const auto a = ready(1);
    int total = 0;
    select(receive(a, [&](received<int> r) {
        a.send(*r + 1);  // no lock is held
        select(receive(a, [&](received<int> inner) { total = *inner; }), otherwise());
        a.close();
    }));
    EXPECT_EQ(total, 2);
}

TEST_F(SelectHandlerTest, WhatItThrowsLeavesTheSelectAfterTheOperation) {
    struct oops {};
    const auto in = ready(1);
    const auto out = make_channel<int>(1);
    const auto never = make_channel<int>();
    EXPECT_THROW(select(receive(in, [](received<int>) { throw oops(); }), receive(never)), oops);
    EXPECT_EQ(in.size(), 0U) << "the value was received all the same";
    EXPECT_THROW(select(send(out, 2, [] { throw oops(); }), receive(never)), oops);
    EXPECT_EQ(*out.receive(), 2);
    EXPECT_THROW(select(receive(never), otherwise([] { throw oops(); })), oops);

    EXPECT_FALSE(never.try_send(1)) << "nothing is left in a queue";
    in.send(3);
    EXPECT_EQ(*in.receive(), 3);
}

TEST_F(SelectHandlerTest, WhatItThrowsAfterAWaitLeavesTheQueuesClean) {
    const auto in = make_channel<int>();
    const auto never = make_channel<int>();
    std::string caught;
    task t = go([&] {
        try {
            select(receive(in, [](received<int>) { throw std::runtime_error("oops"); }),
                   receive(never), send(never, 1));
        } catch (const std::runtime_error& e) {
            caught = e.what();
        }
    });
    lifecycle::settle();
    in.send(1);
    t.join();
    EXPECT_EQ(caught, "oops");
    EXPECT_FALSE(never.try_send(1));
    EXPECT_FALSE(never.try_receive());
}

// --- when --------------------------------------------------------------------------------------

TEST_F(SelectWhenTest, ACaseThatIsNotWantedIsNotEvenMade) {  // SEL-6
    std::vector<int> queue;
    int made = 0;
    const auto next = make_channel<int>(1);
    const auto offer = [&] {
        ++made;
        return send(next, queue.front());
    };
    EXPECT_EQ(select(when(!queue.empty(), offer), otherwise()), 1U);
    EXPECT_EQ(made, 0) << "front() of an empty queue was evaluated";
    queue.push_back(8);
    EXPECT_EQ(select(when(!queue.empty(), offer), otherwise()), 0U);
    EXPECT_EQ(made, 1);
    EXPECT_EQ(*next.receive(), 8);
}

TEST_F(SelectWhenTest, ItHoldsAnyCase) {
    const auto ch = ready(1);
    received<int> r;
    const auto take = [&] { return receive(ch, r); };
    EXPECT_EQ(select(when(true, take), when(true, [] { return otherwise(); })), 0U);
    EXPECT_EQ(*r, 1);
    EXPECT_EQ(select(when(true, take), when(true, [] { return otherwise(); })), 1U);
    bool ran = false;
    EXPECT_EQ(select(when(false, take), when(true, [&] { return otherwise([&] { ran = true; }); })),
              1U);
    EXPECT_TRUE(ran);
}

TEST_F(SelectWhenTest, AParkedCaseIsChosenAndACaseThatIsOffIsNot) {  // SEL-5, SEL-6
    const auto on = make_channel<int>();
    const auto off = make_channel<int>();
    std::size_t index = 9;
    task t = go([&] {
        index = select(when(false, [&] { return receive(off); }),
                       when(true, [&] { return receive(on); }));
    });
    lifecycle::settle();
    EXPECT_FALSE(off.try_send(1));
    EXPECT_TRUE(on.try_send(1));
    t.join();
    EXPECT_EQ(index, 1U);
}

// The talk's unbounded buffer: a task between two channels that never makes its sender wait.
TEST_F(SelectWhenTest, AnUnboundedBufferOffersWhatItHas) {  // SEL-6
    const auto in = make_channel<int>();
    const auto out = make_channel<int>();
    task buffer = go([in = in.in(), out = out.out()]() mutable {
        std::vector<int> pending;
        while (in || !pending.empty()) {
            select(receive(in,
                           [&](received<int> r) {
                               if (r)
                                   pending.push_back(*r);
                               else
                                   in = {};
                           }),
                   when(!pending.empty(), [&] {
                       return send(out, pending.front(), [&] { pending.erase(pending.begin()); });
                   }));
        }
        out.close();
    });
    for (int i = 0; i < 100; ++i) in.send(i);
    in.close();
    int expected = 0;
    for (const int v : out) EXPECT_EQ(v, expected++);
    EXPECT_EQ(expected, 100);
}

}  // namespace braid::select_value_test
