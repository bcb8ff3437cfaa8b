// The handles in a select: it borrows those that are variables and takes over those that are not,
// and a channel lives for as long as a select blocks on it.
#include <memory>
#include <utility>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::select_handle_test {

class SelectHandleTest : public braid_test::fixture {};

struct two_channels {
    channel<int> first = make_channel<int>();
    channel<int> second = make_channel<int>();
};

TEST_F(SelectHandleTest, OfWhichNobodyElseKnowsIsKept) {
    const auto filled = [](int value) {
        auto ch = make_channel<int>(1);
        ch.send(value);
        return ch;
    };
    int got = 0;
    const auto add = [&](received<int> r) { got += *r; };
    select(receive(filled(1), add), receive(filled(1), add));
    select(receive(filled(2).in(), add));
    select(when(true, [&] { return receive(filled(4), add); }));
    EXPECT_EQ(got, 7);
    select(send(make_channel<int>(1), 8), otherwise([] { ADD_FAILURE(); }));
    select(send(make_channel<int>(1).out(), 8), otherwise([] { ADD_FAILURE(); }));
}

TEST_F(SelectHandleTest, OfWhenMayBeItsOwn) {
    const auto ch = make_channel<int>();
    task t = go([=] {
        select(when(true, [ch] { return receive(ch, [](received<int> r) { EXPECT_EQ(*r, 1); }); }),
               when(false, [ch] { return receive(ch); }));
    });
    lifecycle::settle();
    ch.send(1);
}

// It is in the queues of both channels, and must get out of the second one's.
TEST_F(SelectHandleTest, MayBeGoneWhileItBlocks) {
    auto both = std::make_unique<two_channels>();
    int got = 0;
    task t = go([&, at = both.get()] {
        select(receive(at->first, [&](received<int> r) { got = *r; }), receive(at->second));
    });
    lifecycle::settle();
    const sender<int> out = both->first;
    both.reset();
    out.send(1);
    t.join();
    EXPECT_EQ(got, 1);
}

TEST_F(SelectHandleTest, MayBeGoneWhileItBlocksToSend) {
    auto both = std::make_unique<two_channels>();
    task t = go([at = both.get()] { select(send(at->first, 1), send(at->second, 2)); });
    lifecycle::settle();
    const receiver<int> in = both->second;
    both.reset();
    EXPECT_EQ(*in.receive(), 2);
}

TEST_F(SelectHandleTest, MayBeDroppedByTheHandler) {
    auto both = std::make_unique<two_channels>();
    const task t = go([out = both->first.out()] { out.send(1); });
    select(receive(both->first, [&] { both.reset(); }), receive(both->second));
    EXPECT_EQ(both, nullptr);
}

}  // namespace braid::select_handle_test
