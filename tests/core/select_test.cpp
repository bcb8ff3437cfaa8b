// select: which case can be chosen, when it blocks, and what it leaves behind. What it does with
// values and handlers is in select_value_test.cpp, chance in select_choice_test.cpp, lists made at
// run time in select_list_test.cpp, and Go's own tests in select_go_test.cpp and its neighbours.
#include "common/select.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "common/lifecycle.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/slow.hpp"

namespace braid::select_test {

using braid_test::slow;

class SelectTest : public braid_test::fixture {};

using token = std::unique_ptr<int>;

channel<int> ready(int value) {
    const auto ch = make_channel<int>(1);
    ch.send(value);
    return ch;
}

channel<int> closed() {
    const auto ch = make_channel<int>();
    ch.close();
    return ch;
}

TEST_F(SelectTest, ReturnsTheIndexOfTheCaseThatRan) {
    const auto never = make_channel<int>();
    EXPECT_EQ(select(receive(ready(1)), receive(never)), 0U);
    EXPECT_EQ(select(receive(never), receive(ready(1))), 1U);
    EXPECT_EQ(select(receive(never), send(never, 1), send(make_channel<int>(1), 1)), 2U);
    EXPECT_EQ(select(receive(never), otherwise(), send(never, 1)), 1U);

    // So that one can return from, or leave, what is around it.
    const auto ch = ready(3);
    received<int> r;
    for (bool again = true; again;) {
        switch (select(receive(ch, r), otherwise())) {
            case 0:
                EXPECT_EQ(*r, 3);
                continue;
            case 1:
                again = false;
        }
    }
}

template <class C>
concept selectable = requires {
    select(std::declval<C>());
};
template <class Value, class F>
concept sends = requires(sender<int> out, Value value, F handler) {
    send(out, value, handler);
};
template <class Value>
concept plainly_sends = requires(sender<int> out, Value value) {
    send(out, value);
};
template <class F>
concept receives = requires(receiver<int> in, F handler) {
    receive(in, handler);
};

TEST_F(SelectTest, TakesCasesAndNothingElse) {
    static_assert(selectable<decltype(receive(receiver<int>{}))>);
    static_assert(selectable<decltype(otherwise())>);
    static_assert(!selectable<int> && !selectable<channel<int>>);
    static_assert(!selectable<decltype(otherwise())&>, "a case is for one select");
    static_assert(receives<void (*)()> && receives<void (*)(received<int>)>);
    static_assert(!receives<void (*)(int)>, "a receive may find the channel closed");
    static_assert(sends<int, void (*)()> && sends<char, void (*)()>);
    static_assert(!sends<std::string, void (*)()> && !plainly_sends<std::string>);
    static_assert(!sends<std::string, void (*)()> && !sends<int, void (*)(int)>);
}

TEST_F(SelectTest, OtherwiseRunsIfNothingCanProceed) {  // SEL-4
    const auto never = make_channel<int>();
    const auto full = ready(1);
    bool ran = false;
    select(receive(never), send(full, 2), receive(receiver<int>{}), otherwise([&] { ran = true; }));
    EXPECT_TRUE(ran);

    ran = false;
    for (int i = 0; i < 100; ++i) {
        const auto ch = ready(i);
        select(otherwise([&] { ran = true; }), receive(ch));
    }
    EXPECT_FALSE(ran) << "a case could proceed";
    EXPECT_EQ(select(otherwise()), 0U);
}

TEST_F(SelectTest, BlocksUntilACaseCanProceed) {  // SEL-5
    const auto a = make_channel<int>();
    const auto b = make_channel<int>();
    std::atomic<int> chosen{-1};
    const auto choose = [&] {
        chosen = static_cast<int>(select(receive(a), send(b, 7), receive(receiver<int>{})));
    };
    task t = go(choose);
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(t));
    EXPECT_EQ(chosen, -1);
    a.send(1);
    t.join();
    EXPECT_EQ(chosen, 0);

    task u = go(choose);
    lifecycle::settle();
    EXPECT_EQ(*b.receive(), 7);
    u.join();
    EXPECT_EQ(chosen, 1);
}

TEST_F(SelectTest, ANilChannelIsNeverChosen) {  // SEL-6
    channel<int> in = make_channel<int>(10);
    for (int i = 0; i < 10; ++i) in.send(i);
    in.close();
    int received_values = 0;
    // Go's idiom: a channel that is drained is set to nil, which turns its case off.
    while (in) {
        const auto index = select(send(sender<int>{}, 1), receive(receiver<int>{}),
                                  receive(in, [&](received<int> r) {
                                      if (r)
                                          ++received_values;
                                      else
                                          in = {};
                                  }));
        EXPECT_EQ(index, 2U);
    }
    EXPECT_EQ(received_values, 10);
    EXPECT_EQ(select(receive(in), otherwise()), 1U);
}

TEST_F(SelectTest, ClosedChannelsAreReady) {  // SEL-7
    received<int> r;
    EXPECT_EQ(select(receive(closed(), r), otherwise()), 0U);
    EXPECT_EQ(r.status, receive_status::closed);
    EXPECT_THROW(select(send(closed(), 1)), closed_channel);
    EXPECT_THROW(select(send(closed(), 1), otherwise()), closed_channel);
    EXPECT_THROW(select(send(closed(), 1), receive(make_channel<int>())), closed_channel);
}

TEST_F(SelectTest, CloseWakesAParkedSelect) {  // SEL-12
    const auto in = make_channel<int>();
    const auto out = make_channel<token>();
    const auto never = make_channel<int>();
    received<int> r;
    task a = go([&] { select(receive(never), receive(in, r)); });
    std::string error;
    token mine = std::make_unique<int>(1);
    task b = go([&] {
        try {
            select(receive(never), send(out, std::move(mine), [&] { error = "its handler ran"; }));
        } catch (const closed_channel& e) {
            error = e.what();
        }
    });
    lifecycle::settle();
    in.close();
    out.close();
    a.join();
    b.join();
    EXPECT_EQ(r.status, receive_status::closed);
    EXPECT_EQ(error, "send on closed channel");
    EXPECT_NE(mine, nullptr) << "the value of a send that throws stays with its owner";
}

void let_others_run() {
    for (int i = 0; i < 10; ++i) std::this_thread::yield();
}

// At every moment a or b has a value: first a, then both, then b. The select is held up by the lock
// of the channel between them, so one that looked at its cases one after another would find b empty
// before and a empty after, in one of six orders. Plain threads, because they block on the lock.
TEST_F(SelectTest, ReadinessIsJudgedAtOneInstant) {  // SEL-8
    const int rounds = 60;
    for (int i = 0; i < rounds; ++i) {
        const auto a = make_channel<int>(1);
        const auto between = make_channel<slow>(1);
        const auto b = make_channel<int>(1);
        a.send(1);
        between.send(slow());
        slow::moving = slow::go_on = false;
        slow::armed = true;
        std::thread holds_the_lock([&] { between.receive(); });
        while (!slow::moving) std::this_thread::yield();

        std::size_t chosen = 9;
        std::thread selects(
            [&] { chosen = select(receive(a), receive(between), receive(b), otherwise()); });
        let_others_run();
        std::thread moves_the_value([&] {
            b.send(1);
            static_cast<void>(a.try_receive());
        });
        let_others_run();
        slow::go_on = true;
        selects.join();
        moves_the_value.join();
        holds_the_lock.join();
        EXPECT_THAT(chosen, testing::AnyOf(0U, 2U)) << "nothing was ready";
    }
}

TEST_F(SelectTest, TheCasesThatLoseAreTakenOutOfTheirQueues) {  // SEL-10
    const auto c = make_channel<int>();
    const auto d = make_channel<int>();
    task t = go([&] { select(receive(c), send(c, 1), receive(d), receive(c)); });
    lifecycle::settle();
    d.send(0);
    t.join();
    EXPECT_FALSE(c.try_send(1)) << "a receive was left";
    EXPECT_FALSE(c.try_receive()) << "a send was left";
}

// A waker passes over a select that another channel has already won, even before that select has
// had the time to leave the queue.
TEST_F(SelectTest, AWaiterThatWasWonElsewhereIsSkipped) {  // SEL-14
    const int rounds = braid_test::repeat(300);
    for (int i = 0; i < rounds; ++i) {
        const auto c = make_channel<int>();
        const auto d = make_channel<int>();
        std::size_t first = 9;
        task a = go([&] { first = select(receive(c), receive(d)); });
        lifecycle::settle();
        int second = 0;
        task b = go([&] { second = *c.receive(); });
        lifecycle::settle();
        EXPECT_TRUE(d.try_send(1));
        EXPECT_TRUE(c.try_send(2)) << "the waiter behind it was not found";
        a.join();
        b.join();
        EXPECT_EQ(first, 1U);
        EXPECT_EQ(second, 2);
    }
}

TEST_F(SelectTest, OneCaseIsThePlainOperation) {  // SEL-13
    const auto ch = make_channel<int>();
    task t = go([&] { select(send(ch, 4)); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(t));
    received<int> r;
    select(receive(ch, r));
    EXPECT_EQ(*r, 4);
}

TEST_F(SelectTest, ASelectCanMeetASelect) {  // SEL-9, SEL-11
    const int n = braid_test::repeat(2000);
    const auto a = make_channel<int>();
    const auto b = make_channel<int>();
    long sum = 0;
    task t = go([&] {
        for (int i = 0; i < n; ++i) {
            const auto add = [&](received<int> r) { sum += *r; };
            select(receive(a, add), receive(b, add));
        }
    });
    for (int i = 0; i < n; ++i) select(send(a, i), send(b, i));
    t.join();
    EXPECT_EQ(sum, static_cast<long>(n) * (n - 1) / 2);
}

TEST_F(SelectTest, ABufferMayGiveASelectItsOwnValue) {  // SEL-11
    const auto ch = make_channel<int>(1);
    EXPECT_EQ(select(send(ch, 1), receive(ch)), 0U);
    EXPECT_EQ(select(send(ch, 1), receive(ch)), 1U);
    EXPECT_EQ(ch.size(), 0U);
}

TEST_F(SelectTest, PlainThreadsSelectBesideTasks) {
    const int n = braid_test::repeat(500);
    const auto a = make_channel<int>();
    const auto b = make_channel<int>(1);
    const auto done = make_channel<unit>();
    std::atomic<long> sum{0};
    const auto read = [&] {
        for (bool open = true; open;) {
            select(receive(a, [&](received<int> r) { sum += *r; }),
                   receive(b, [&](received<int> r) { sum += *r; }),
                   receive(done, [&] { open = false; }));
        }
    };
    task t = go(read);
    std::thread plain(read);
    std::thread writer([&] {
        for (int i = 1; i <= n; ++i) select(send(a, i), send(b, i));
    });
    writer.join();
    lifecycle::settle();
    done.close();
    t.join();
    plain.join();
    EXPECT_EQ(sum, static_cast<long>(n) * (n + 1) / 2);
}

}  // namespace braid::select_test
