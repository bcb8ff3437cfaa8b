// error_group.1  The tasks share one variable for their error          (EG4)
// Breaks:  I1, the first failure is kept, once, under a lock
// Seen in: taiko-mono#21517; "A million ways to die from a data race in Go"
// Expect:  plain=ok asan=ok tsan=data-race@BUG leak=ok explore=data-race@BUG
// Reading: Both stacks are in the same line of the two tasks: one has written "error", the other
//          looks at it. Each task has a function of its own, but the variable is captured, and so
//          it is one. "Only the first writes" is no protection: to find out who is first, all read.

#include <cstdio>

#include "common/steps.hpp"
#include "patterns/wait_group/wait_group.hpp"

using namespace braid;

int main() {
    steps order;
    const char* error = nullptr;
    const auto parse = [&](const char* problem, int turn) {
        order.at(turn);
        if (error == nullptr) error = problem;  // BUG
        order.at(turn + 1);
    };
    wait_group tasks;
    tasks.go({.name = "parser 1"}, [&] { parse("a.json: line 3", 2); });
    tasks.go({.name = "parser 2"}, [&] { parse("b.json: line 7", 4); });
    order.at(1);
    tasks.wait();
    std::printf("the first failure: %s\n", error);
}
