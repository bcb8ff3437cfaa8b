// test/chan/select3.go, by behaviour: 23 operations on nil, closed, ready and empty channels, and
// whether each of them blocks, panics, or returns.
#include <cstdlib>
#include <functional>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::select_blocking_test {

class SelectBlockingTest : public braid_test::fixture {};
class SelectBlockingDeathTest : public braid_test::fixture {};

using operation = std::function<void()>;

const auto unreachable = [] { ADD_FAILURE() << "this case can never run"; };

channel<int> closed() {
    const auto ch = make_channel<int>();
    ch.close();
    return ch;
}

// Runs each operation in a task of its own and sees whether it ends. The process ends in the
// deadlock report, since main waits for ever too; or with status 1 if an operation came back.
void expect_that_all_block(const std::vector<operation>& operations) {
    std::vector<task> tasks;
    tasks.reserve(operations.size());
    for (const auto& block : operations) tasks.push_back(go(block));
    lifecycle::settle();
    for (const task& t : tasks) {
        if (!lifecycle::parked(t)) std::_Exit(1);
    }
    receiver<int>{}.receive();
}

// Those that can be brought to their end are in the next test. Go's select{} is an empty list, in
// select_list_test.cpp.
TEST_F(SelectBlockingDeathTest, TheseBlockForEver) {  // CH-3, SEL-5, SEL-6
    const auto block_for_ever = [] {
        const channel<int> nil;
        expect_that_all_block({
            [=] { nil.send(7); },
            [=] { nil.receive(); },
            [=] { select(receive(nil, unreachable)); },
            [=] { select(send(nil, 7, unreachable)); },
            [=] { select(receive(nil, unreachable), send(nil, 7, unreachable)); },
            [=] {  // ours
                for ([[maybe_unused]] const int v : nil) unreachable();
            },
            [=] { select(when(false, [=] { return receive(nil); })); },
        });
    };
    EXPECT_EXIT(block_for_ever(), testing::ExitedWithCode(braid_test::deadlock_status),
                "all tasks are asleep - deadlock!");
}

TEST_F(SelectBlockingTest, TheseBlockUntilTheChannelIsUsed) {  // CH-4, SEL-5
    const std::vector<std::function<void(channel<int>)>> operations{
        [](const channel<int>& ch) { ch.receive(); },
        [](const channel<int>& ch) { select(receive(ch)); },
        // It does not get confused when it sees itself (SEL-11).
        [](const channel<int>& ch) { select(send(ch, 1), receive(ch)); },
    };
    for (const auto& block : operations) {
        const auto ch = make_channel<int>();
        task t = go([=] { block(ch); });
        lifecycle::settle();
        EXPECT_TRUE(lifecycle::parked(t));
        EXPECT_TRUE(ch.try_send(1));
    }
}

TEST_F(SelectBlockingTest, TheseDoNotBlock) {  // CH-5, CH-10, SEL-4, SEL-7
    const channel<int> nil;
    const std::vector<operation> operations{
        [] { make_channel<int>(1).send(7); },
        [] {
            const auto ch = closed();
            for (int i = 0; i < 10; ++i) EXPECT_EQ(ch.receive().status, receive_status::closed);
        },
        [] { select(otherwise()); },
        [=] { select(receive(nil, unreachable), otherwise()); },
        [=] { select(send(nil, 7, unreachable), otherwise()); },
        [] { select(send(make_channel<int>(1), 7), otherwise(unreachable)); },
        [] {
            const auto ch = make_channel<int>(1);
            ch.send(7);
            select(receive(ch), otherwise(unreachable));
        },
        [] { select(receive(closed())); },
        [] { select(receive(closed(), [](auto) {})); },
        [] {
            received<int> r;
            select(receive(closed(), r));
            EXPECT_EQ(r.status, receive_status::closed);
        },
    };
    // One that blocked would block the test: the deadlock report would say where.
    for (const auto& f : operations) EXPECT_NO_THROW(f());
}

TEST_F(SelectBlockingTest, ThesePanic) {  // CH-11, SEL-7
    EXPECT_THROW(closed().send(7), closed_channel);
    EXPECT_THROW(select(send(closed(), 7)), closed_channel);
}

TEST_F(SelectBlockingTest, TheseDoNotPanic) {  // CH-3, SEL-6
    const channel<int> nil;
    EXPECT_NO_THROW(select(send(nil, 7, unreachable), otherwise()));
    EXPECT_NO_THROW(select(receive(nil, unreachable), otherwise()));
}

}  // namespace braid::select_blocking_test
