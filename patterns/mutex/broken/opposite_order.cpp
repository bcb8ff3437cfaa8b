// mutex.2  Two locks, taken in either order                            (MX1)
// Breaks:  I4, who holds several locks took them in one order, the same for all
// Seen in: cockroachdb/cockroach#10214, moby/moby#4951, kubernetes/kubernetes#30872
// Expect:  plain=ok asan=ok tsan=lock-order@BUG leak=ok explore=deadlock@BUG
// Reading: Nothing went wrong in this run: the two transfers came one after the other. The report
//          is about what may happen in another: a cycle of locks, and for each step of it the place
//          that took the next lock while it held the one before. It is one place here, called with
//          its arguments swapped. ThreadSanitizer knows std::mutex; for braid::mutex see
//          opposite_order_deadlock.cpp.

#include <cstdio>
#include <mutex>
#include <thread>

#include "common/steps.hpp"

struct account {
    std::mutex lock;
    int balance = 100;
};

void transfer(account& from, account& to, int amount) {
    std::lock_guard first(from.lock);
    std::lock_guard second(to.lock);  // BUG
    from.balance -= amount;
    to.balance += amount;
}

int main() {
    braid::steps order;
    account ours, theirs;
    std::thread pays([&] {
        transfer(ours, theirs, 10);
        order.at(1);
    });
    std::thread is_paid([&] {
        order.at(2);
        transfer(theirs, ours, 20);
    });
    pays.join();
    is_paid.join();
    std::printf("%d and %d\n", ours.balance, theirs.balance);
}
