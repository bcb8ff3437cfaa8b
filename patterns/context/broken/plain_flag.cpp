// context.3  A plain bool instead of a context
// Breaks:  the memory ordering: cancel happens before the look that sees it
// Seen in: "Advanced Go Concurrency Patterns" (Go talk, 2013), the first bug of its naive loop:
//          s.closed is written by Close and read by the loop
// Expect:  plain=ok asan=ok tsan=data-race@BUG leak=ok explore=data-race@BUG
// Reading: The write is in cancel, the read in the worker's loop, and nothing orders the two. The
//          compiler may also take the read out of the loop, and then the worker never stops. An
//          atomic flag cures the race, but has no deadline, ends no wait and reaches no children.

#include "common/steps.hpp"
#include "common/task.hpp"

using namespace braid;

class job {
public:
    void run(steps& order) {
        while (!cancelled_) {
            order.at(1);  // one step of the work
            order.at(4);
        }
    }

    void cancel() {
        cancelled_ = true;  // BUG
    }

private:
    bool cancelled_ = false;
};

int main() {
    steps order;
    job j;
    task worker = go([&] { j.run(order); });
    order.at(2);
    j.cancel();
    order.at(3);
    worker.join();
}
