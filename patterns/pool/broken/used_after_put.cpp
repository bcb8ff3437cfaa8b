// pool.1  An object is used after it was put back                      (PO2)
// Breaks:  I2, who has put an object back does not touch it again
// Seen in: thanos-io/thanos#4792; vllm-project/aibrix#2440; go-kratos/kratos#3072
// Expect:  plain=wrong-result asan=wrong-result tsan=data-race@BUG leak=wrong-result
//          explore=data-race@BUG
// Reading: Both stacks of the data race write to one message. One is the task "second", which has
//          got it from the pool and owns it. The other is the task "first", below its put: the
//          handle is gone, and "author" still refers to what it owned. AddressSanitizer is silent,
//          because the message is in use again by then; it sees used_after_put_alone.cpp.

#include <cstdio>

#include "common/steps.hpp"
#include "common/task.hpp"
#include "patterns/pool/pool.hpp"

using namespace braid;

struct message {
    int author = 0;
};

int main() {
    steps order;
    pool<message> messages;
    bool right = false;
    task first = go({.name = "first"}, [&] {
        auto mine = messages.get();
        int& author = mine->author;
        messages.put(std::move(mine));
        order.at(1);
        order.at(4);
        author = 1;  // BUG
        order.at(5);
    });
    task second = go({.name = "second"}, [&] {
        order.at(2);
        const auto mine = messages.loan();
        mine->author = 2;
        order.at(3);
        order.at(6);
        right = mine->author == 2;
    });
    first.join();
    second.join();
    if (right) return 0;
    std::puts("wrong result: the second task did not read what it wrote");
    return 1;
}
