// semaphore.2  Look whether one is free, then take it                  (SE5)
// Breaks:  I1, no more permits are out than the semaphore has
// Seen in: openjdk/jcstress, sample RaceCondition_02_CheckThenReact
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: No tool says a word: every access is atomic, so there is no data race. But between the
//          look and the decrement another task looks, and both find the same last permit. The
//          decrement has to be refused when it comes too late: a compare-exchange, or both steps
//          under one lock.

#include <atomic>
#include <cstdio>

#include "common/steps.hpp"
#include "common/task.hpp"

using namespace braid;

steps order;

class semaphore {
public:
    explicit semaphore(int n) : free_(n) {}

    bool try_acquire(int looks, int takes) {
        const bool free = free_ > 0;  // BUG
        order.at(looks);
        if (!free) return false;
        order.at(takes);
        --free_;
        return true;
    }

private:
    std::atomic<int> free_;
};

int main() {
    semaphore one(1);
    bool first = false, second = false;
    task a = go([&] { first = one.try_acquire(1, 3); });
    task b = go([&] { second = one.try_acquire(2, 4); });
    a.join();
    b.join();
    if (!first || !second) return 0;
    std::puts("wrong result: 2 have the one permit");
    return 1;
}
