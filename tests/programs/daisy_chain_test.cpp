// Long chains of tasks: Rob Pike's daisy chain, and test/chan/goroutines.
#include "common/select.hpp"
#include "patterns/wait_group/wait_group.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::daisy_chain_test {

// Go's programs make 10 000 tasks. On the threads runtime each is an OS thread: a container's limit
// of threads is often below that, and ThreadSanitizer of g++ 12 ends at 8128. 1000 show the same.
constexpr int length = 1000;

// Starts `length` tasks that each do `step(out, in)`: `out` leads to its left neighbour, `in` comes
// from its right one. Returns both ends.
struct chain {
    receiver<int> leftmost;
    sender<int> rightmost;
};
template <class Step>
chain start_chain(wait_group& tasks, Step step) {
    const auto leftmost = make_channel<int>();
    auto left = leftmost;
    for (int i = 0; i < length; ++i) {
        const auto right = make_channel<int>();
        tasks.go([=] { step(left, right); });
        left = right;
    }
    return {leftmost, left};
}

class DaisyChainTest : public braid_test::fixture {};

TEST_F(DaisyChainTest, EachOfTheTasksAddsOne) {  // RP-7
    wait_group tasks;
    const auto ends = start_chain(tasks, [](const sender<int>& left, const receiver<int>& right) {
        left.send(1 + *right.receive());
    });
    tasks.go([out = ends.rightmost] { out.send(1); });
    EXPECT_EQ(*ends.leftmost.receive(), length + 1);
}

TEST_F(DaisyChainTest, AValuePassesThroughAllTasksAndTheyEnd) {  // test/chan/goroutines
    wait_group tasks;
    const auto ends = start_chain(tasks, [](const sender<int>& left, const receiver<int>& right) {
        left.send(*right.receive());
    });
    tasks.go([out = ends.rightmost] { out.send(7); });
    EXPECT_EQ(*ends.leftmost.receive(), 7);
    tasks.wait();
    EXPECT_EQ(tasks.count(), 0);
}

// The same chain, used for more than one value, and taken down by a close that runs through it.
TEST_F(DaisyChainTest, ACloseRunsThroughTheChainBehindTheValues) {
    wait_group tasks;
    const auto ends = start_chain(tasks, [](const sender<int>& left, const receiver<int>& right) {
        for (const int v : right) left.send(v + 1);
        left.close();
    });
    tasks.go([out = ends.rightmost] {
        for (int i = 0; i < 5; ++i) out.send(i);
        out.close();
    });
    std::vector<int> got;
    for (const int v : ends.leftmost) got.push_back(v - length);
    EXPECT_THAT(got, testing::ElementsAre(0, 1, 2, 3, 4));
}

}  // namespace braid::daisy_chain_test
