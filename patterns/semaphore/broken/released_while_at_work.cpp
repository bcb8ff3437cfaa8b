// semaphore.3  The permit is given back while the work goes on         (SE6)
// Breaks:  I4, who acquires releases when the work is done
// Seen in: xberg-io/xberg#1641
// Expect:  plain=wrong-result asan=wrong-result tsan=data-race leak=wrong-result explore=data-race
// Reading: The report names two accesses to the total, in two tasks, though a semaphore of 1 lets
//          in one at a time. So ask how long each permit is held: the guard lives in start, and
//          start does no more than start a task. It has to live where the work is: in the task.
//          The report cannot name the guard's line, where nothing raced.

#include <cstdio>

#include "common/steps.hpp"
#include "common/task.hpp"
#include "patterns/semaphore/semaphore.hpp"

using namespace braid;

steps order;
semaphore one_at_a_time(1);
int total = 0;

task start(int size, int looks, int writes) {
    const auto held = one_at_a_time.hold();  // BUG
    return go([=] {
        order.at(looks);
        const int before = total;
        order.at(writes);
        total = before + size;
    });
}

int main() {
    task a = start(100, 1, 3);
    task b = start(100, 2, 4);
    a.join();
    b.join();
    if (total == 200) return 0;
    std::printf("wrong result: %d, not 200\n", total);
    return 1;
}
