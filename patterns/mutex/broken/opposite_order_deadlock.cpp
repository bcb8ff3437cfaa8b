// mutex.3  Two locks, taken in either order, and both taken            (MX1)
// Breaks:  I4, who holds several locks took them in one order, the same for all
// Seen in: cockroachdb/cockroach#7504, cockroachdb/cockroach#10214
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: Begin at the end of the report, with the cycle: "pays" waits for a mutex that "is_paid"
//          holds, and the other way round. Both wait in the same line, in which the arguments are
//          swapped. Thread #1, which is main, is no part of the cycle: it waits for a task. If a
//          guard takes the lock, the report tells where the mutex was made, not where the guard is.

#include <cstdio>

#include "common/steps.hpp"
#include "common/task.hpp"
#include "patterns/mutex/mutex.hpp"

using namespace braid;

steps order;

struct account {
    mutex lock;
    int balance = 100;
};

void transfer(account& from, account& to, int amount, int step) {
    from.lock.lock();
    order.at(step);
    order.at(step + 2);
    to.lock.lock();  // BUG
    from.balance -= amount;
    to.balance += amount;
    to.lock.unlock();
    from.lock.unlock();
}

int main() {
    account ours, theirs;
    task pays = go({.name = "pays"}, [&] { transfer(ours, theirs, 10, 1); });
    task is_paid = go({.name = "is_paid"}, [&] { transfer(theirs, ours, 20, 2); });
    pays.join();
    is_paid.join();
    std::printf("%d and %d\n", ours.balance, theirs.balance);
}
