// select over a list of cases that is made at run time (SEL-17): what it owns, what it gives back,
// and how it is misused.
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::select_list_test {

class SelectListTest : public braid_test::fixture {};
class SelectListDeathTest : public braid_test::fixture {};

using token = std::unique_ptr<int>;

TEST_F(SelectListTest, EachCaseHasTheIndexThatItsAddReturned) {  // SEL-17
    const auto never = make_channel<int>();
    const auto room = make_channel<std::string>(1);
    select_list cases;
    EXPECT_EQ(cases.receive(never, [] { ADD_FAILURE(); }), 0U);
    EXPECT_EQ(cases.send(never, 1), 1U);
    bool sent = false;
    const auto offered = cases.send(room, "hello", [&] { sent = true; });
    EXPECT_EQ(offered, 2U);
    EXPECT_EQ(cases.otherwise([] { ADD_FAILURE(); }), 3U);
    EXPECT_EQ(select(cases), offered);
    EXPECT_TRUE(sent);
    EXPECT_EQ(*room.receive(), "hello");
}

TEST_F(SelectListTest, HandlersGetWhatIsReceived) {
    std::vector<channel<int>> inputs;
    for (int i = 0; i < 5; ++i) inputs.push_back(make_channel<int>());
    task t = go([=] { inputs[3].send(33); });
    received<int> got;
    select_list cases;
    for (const auto& in : inputs) cases.receive(in, [&](received<int> r) { got = r; });
    EXPECT_EQ(select(cases), 3U);
    EXPECT_EQ(*got, 33);

    inputs[1].close();
    select_list again;
    for (const auto& in : inputs) again.receive(in, [&](received<int> r) { got = r; });
    EXPECT_EQ(select(again), 1U);
    EXPECT_EQ(got.status, receive_status::closed);
}

TEST_F(SelectListTest, OwnsItsValuesAndGivesBackTheLosers) {
    const auto full = make_channel<token>();
    const auto room = make_channel<token>(1);
    select_list cases;
    const auto loser = cases.send(full, std::make_unique<int>(1));
    const auto winner = cases.send(room, std::make_unique<int>(2));
    ASSERT_EQ(select(cases), winner);
    EXPECT_EQ(**room.receive(), 2);
    const token back = cases.take<token>(loser);
    ASSERT_NE(back, nullptr);
    EXPECT_EQ(*back, 1);
}

TEST_F(SelectListTest, GivesBackTheLosersOfAWait) {
    const auto a = make_channel<token>();
    const auto b = make_channel<token>();
    const auto c = make_channel<int>();
    token back;
    task t = go([&] {
        select_list cases;
        const auto first = cases.send(a, std::make_unique<int>(1));
        const auto second = cases.send(b, std::make_unique<int>(2));
        cases.receive(c, [] {});
        if (select(cases) == second) back = cases.take<token>(first);
    });
    lifecycle::settle();
    EXPECT_EQ(**b.receive(), 2);
    t.join();
    ASSERT_NE(back, nullptr);
    EXPECT_EQ(*back, 1);
    EXPECT_FALSE(a.try_receive());
}

TEST_F(SelectListTest, GivesBackTheValueOfASendThatThrew) {  // SEL-7
    const auto closed = make_channel<token>();
    closed.close();
    select_list cases;
    const auto offered = cases.send(closed, std::make_unique<int>(5), [] { ADD_FAILURE(); });
    cases.otherwise([] { ADD_FAILURE(); });
    EXPECT_THROW(select(cases), closed_channel);
    EXPECT_EQ(*cases.take<token>(offered), 5);
}

TEST_F(SelectListTest, ValuesThatNobodyTakesDieWithTheList) {
    const auto watched = std::make_shared<int>(1);
    const auto full = make_channel<std::shared_ptr<int>>();
    {
        select_list never_used;
        never_used.send(full, watched);
        select_list cases;
        cases.send(full, watched);
        cases.otherwise([] {});
        EXPECT_EQ(select(cases), 1U);
        EXPECT_EQ(watched.use_count(), 3);
    }
    EXPECT_EQ(watched.use_count(), 1);
}

TEST_F(SelectListTest, WhatAHandlerThrowsLeavesTheSelect) {
    const auto room = make_channel<token>(1);
    select_list cases;
    const auto sent =
        cases.send(room, std::make_unique<int>(1), [] { throw std::runtime_error("oops"); });
    EXPECT_THROW(select(cases), std::runtime_error);
    EXPECT_EQ(**room.receive(), 1);
    EXPECT_THROW(cases.take<token>(sent), std::logic_error) << "it was sent all the same";
}

TEST_F(SelectListTest, NilChannelsAreNeverChosen) {  // SEL-6
    select_list cases;
    cases.receive(receiver<int>{}, [] { ADD_FAILURE(); });
    cases.send(sender<int>{}, 1, [] { ADD_FAILURE(); });
    EXPECT_EQ(cases.otherwise([] {}), 2U);
    EXPECT_EQ(select(cases), 2U);
}

TEST_F(SelectListTest, ThousandsOfCasesWork) {  // Go ends at 65536
    constexpr std::size_t n = 70000;
    const auto never = make_channel<int>();
    const auto ready = make_channel<int>(1);
    ready.send(1);
    select_list cases;
    for (std::size_t i = 0; i < n; ++i) cases.receive(i == n / 2 ? ready : never, [] {});
    EXPECT_EQ(select(cases), n / 2);
}

TEST_F(SelectListTest, TheSameChannelManyTimesLeavesNothingBehind) {  // SEL-10, SEL-11
    const auto c = make_channel<int>();
    const auto d = make_channel<int>();
    task t = go([&] {
        select_list cases;
        for (int i = 0; i < 100; ++i) {
            cases.receive(c, [] {});
            cases.send(c, i);
        }
        cases.receive(d, [] {});
        EXPECT_EQ(select(cases), 200U);
    });
    lifecycle::settle();
    d.send(1);
    t.join();
    EXPECT_FALSE(c.try_send(1));
    EXPECT_FALSE(c.try_receive());
}

// --- Misuse ------------------------------------------------------------------------------------

TEST_F(SelectListTest, ASecondSelectThrows) {
    const auto ch = make_channel<int>(2);
    select_list cases;
    cases.send(ch, 1);
    select(cases);
    EXPECT_THROW(select(cases), std::logic_error);
    EXPECT_EQ(ch.size(), 1U);
}

TEST_F(SelectListTest, TakeThrowsWhenThereIsNoSuchValue) {
    const auto room = make_channel<int>(1);
    const auto full = make_channel<std::string>();
    select_list cases;
    const auto sent = cases.send(room, 1);
    const auto lost = cases.send(full, "mine");
    const auto receives = cases.receive(full, [] {});
    EXPECT_THROW(cases.take<std::string>(lost), std::logic_error) << "it may still be sent";
    ASSERT_EQ(select(cases), sent);
    EXPECT_THROW(cases.take<int>(sent), std::logic_error) << "it was sent";
    EXPECT_THROW(cases.take<int>(lost), std::logic_error) << "it is a string";
    EXPECT_THROW(cases.take<std::string>(receives), std::logic_error) << "it is no send";
    EXPECT_THROW(cases.take<int>(99), std::out_of_range);
    EXPECT_EQ(cases.take<std::string>(lost), "mine");
    EXPECT_THROW(cases.take<std::string>(lost), std::logic_error) << "it was taken";
}

// Go's select{}.
TEST_F(SelectListDeathTest, AnEmptyListBlocksForEver) {  // SEL-5
    EXPECT_EXIT(
        {
            select_list none;
            select(none);
        },
        testing::ExitedWithCode(braid_test::deadlock_status), "all tasks are asleep - deadlock!");
}

}  // namespace braid::select_list_test
