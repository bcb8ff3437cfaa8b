// wait_group.2  Done notifies after it has let the lock go             (WG5)
// Breaks:  I3, done does not touch the group after it has let the last waiter go
// Seen in: cppalliance/capy#372 ("under TSan ... every run"); ClickHouse#44308
// Expect:  plain=ok asan=ok tsan=use-after-free@BUG leak=ok explore=use-after-free@BUG
// Reading: A textbook wait group. To notify without the lock is the usual advice, and here it is
//          wrong: once the lock is free, a waiter can see 0, return, and destroy the group. The
//          report has the use in done, and the free in main, which did nothing but wait first.
//          AddressSanitizer is silent, because the C library that touches the freed memory is not
//          instrumented.

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>

#include "common/steps.hpp"

braid::steps order;

class wait_group {
public:
    explicit wait_group(std::ptrdiff_t n) : count_(n) {}

    void done() {
        std::unique_lock lock(mutex_);
        const bool last = --count_ == 0;
        lock.unlock();
        order.at(1);
        order.at(4);
        if (last) all_done_.notify_all();  // BUG
    }

    void wait() {
        std::unique_lock lock(mutex_);
        all_done_.wait(lock, [&] { return count_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable all_done_;
    std::ptrdiff_t count_;
};

int main() {
    auto wg = std::make_unique<wait_group>(1);
    std::thread worker([&wg = *wg] { wg.done(); });
    order.at(2);
    wg->wait();
    wg.reset();
    order.at(3);
    worker.join();
}
