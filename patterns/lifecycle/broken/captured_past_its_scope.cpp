// lifecycle.3  A detached task uses what its scope has left behind
// Breaks:  I3, what a task uses by reference outlives its owner
// Seen in: realsenseai/librealsense#3783; josuttis/jthread#22 (the tests of std::jthread itself)
// Expect:  plain=ok asan=use-after-free@BUG tsan=ok leak=ok
//          explore=use-after-free@BUG
// Reading: "stack-use-after-scope" names the variable and the frame that it was in. The one who
//          waits gives up and leaves the scope; the task does not know that. ThreadSanitizer knows
//          memory and not scopes: nobody else touches these bytes, this time. In the other runs
//          they are somebody's.

#include "common/steps.hpp"
#include "common/task.hpp"

using namespace braid;

steps order;

int main() {
    {
        int answer = 0;
        go({.name = "ask"}, [&] {
            order.at(2);
            answer = 42;  // BUG
            order.at(3);
        }).detach();
        // It takes too long: go on without the answer.
    }
    order.at(1);
    order.at(4);
}
