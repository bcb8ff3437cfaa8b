// mutex.1  A guard without a name                                      (MX4)
// Breaks:  I1, at most one task is between lock and unlock
// Seen in: eProsima/Fast-DDS#697 (for three years); xenia-project/xenia#1571
// Expect:  plain=wrong-result asan=wrong-result tsan=data-race leak=wrong-result explore=data-race
// Reading: The report names two accesses to the balance from two tasks. Both stand below a guard,
//          so ask how long it lives: without a name it is a temporary, which dies at the semicolon.
//          The report cannot name that line, where nothing raced. The fix is a name.

#include <cstdio>
#include <mutex>

#include "common/steps.hpp"
#include "common/task.hpp"
#include "patterns/mutex/mutex.hpp"

using namespace braid;

steps order;

class account {
public:
    void deposit(int amount, int looks, int writes) {
        std::scoped_lock{mutex_};  // BUG
        order.at(looks);
        const int before = balance_;
        order.at(writes);
        balance_ = before + amount;
    }

    int balance() const { return balance_; }

private:
    mutex mutex_;
    int balance_ = 0;
};

int main() {
    account ours;
    task one = go([&] { ours.deposit(100, 1, 3); });
    task two = go([&] { ours.deposit(100, 2, 4); });
    one.join();
    two.join();
    if (ours.balance() == 200) return 0;
    std::printf("wrong result: %d, not 200\n", ours.balance());
    return 1;
}
