// worker_pool.3  Wait looks at the workers and not at the queue         (WP3)
// Breaks:  I4, drain returns when no job waits and none is at work
// Seen in: Netflix/vmaf#894
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: "Nobody is at work" was true: the worker had ended one job and not yet taken the next.
//          Everything is read and written under the mutex, so no tool has anything to report; it is
//          the condition that is wrong. A pool is idle when there is nothing to take as well.

#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>

#include "common/steps.hpp"

braid::steps order;

class pool {
public:
    void submit(int job) {
        const std::scoped_lock lock(mutex_);
        jobs_.push_back(job);
        wanted_.notify_one();
    }

    int wait() {
        std::unique_lock lock(mutex_);
        idle_.wait(lock, [&] { return at_work_ == 0; });  // BUG
        return sum_;
    }

    void work(int jobs) {
        for (int job = 1; job <= jobs; ++job) {
            std::unique_lock lock(mutex_);
            wanted_.wait(lock, [&] { return !jobs_.empty(); });
            ++at_work_;
            sum_ += jobs_.front();
            jobs_.pop_front();
            if (--at_work_ == 0) idle_.notify_all();
            lock.unlock();
            if (job > 1) continue;
            order.at(1);
            order.at(4);
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable wanted_, idle_;
    std::deque<int> jobs_;
    int at_work_ = 0;
    int sum_ = 0;
};

int main() {
    pool p;
    for (const int job : {1, 10, 100}) p.submit(job);
    std::thread worker([&] { p.work(3); });
    order.at(2);
    const int sum = p.wait();
    order.at(3);
    worker.join();
    if (sum == 111) return 0;
    std::printf("wrong result: wait has returned, and the sum is %d, not 111\n", sum);
    return 1;
}
