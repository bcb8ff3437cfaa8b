// worker_pool.5  Submit looks whether the pool is open, then puts in   (WP5)
// Breaks:  I2, no job comes in behind the last worker
// Seen in: tensorflow/tensorflow#933; inkooboo/thread-pool-cpp#17 (accepted, and lost at the end)
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: Submit has said yes, the drain has returned, and the job was never done. The look and
//          the push are each safe, the flag atomic and the queue locked, so no tool objects. But
//          between the two the pool was closed and emptied, and its worker went home. The answer
//          was right when it was looked up, and wrong when it was given.

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>

#include "common/steps.hpp"

braid::steps order;

class pool {
public:
    bool submit(int job) {
        if (!open_) return false;  // BUG
        order.at(1);
        order.at(4);
        const std::scoped_lock lock(mutex_);
        jobs_.push_back(job);
        wanted_.notify_one();
        return true;
    }

    int drain() {
        {
            const std::scoped_lock lock(mutex_);
            open_ = false;
        }
        wanted_.notify_one();
        worker_.join();
        return done_;
    }

private:
    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wanted_.wait(lock, [&] { return !jobs_.empty() || !open_; });
            if (jobs_.empty()) return;
            jobs_.pop_front();
            ++done_;
        }
    }

    std::mutex mutex_;
    std::condition_variable wanted_;
    std::deque<int> jobs_;
    std::atomic<bool> open_{true};
    int done_ = 0;
    std::thread worker_{[this] { work(); }};  // last: it uses the others
};

int main() {
    pool p;
    bool accepted = false;
    std::thread submitter([&] { accepted = p.submit(1); });
    order.at(2);
    const int done = p.drain();
    order.at(3);
    submitter.join();
    if (done == (accepted ? 1 : 0)) return 0;
    std::puts("wrong result: a job was accepted, the pool was drained, and the job is not done");
    return 1;
}
