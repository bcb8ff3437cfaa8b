// worker_pool.1  Stop sets an atomic flag without the lock             (WP1)
// Breaks:  I2, whether a job or the close came first is decided under the lock of the queue
// Seen in: bshoshany/thread-pool#93, fixed by #108; elf-audio/mzgl#101
// Expect:  plain=hang asan=hang tsan=hang leak=hang explore=deadlock@BUG
// Reading: There is no report, only a process that does not end. The worker has looked (no job, not
//          stopped) and is about to sleep. Stop sets the flag and notifies, but nobody sleeps yet;
//          then the worker sleeps, and nobody will notify again. Because the flag is atomic there
//          is no data race: the mutex is not there for the flag, but for the time between the look
//          and the sleep.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "common/steps.hpp"

braid::steps order;

class pool {
public:
    pool() : worker_([this] { work(); }) {}

    void stop() {
        order.at(2);
        stopped_ = true;  // BUG
        wanted_.notify_all();
        order.at(3);
        worker_.join();
    }

private:
    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            while (jobs_.empty() && !stopped_) {
                order.at(1);
                order.at(4);
                wanted_.wait(lock);
            }
            if (stopped_) return;
            const auto job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            job();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wanted_;
    std::deque<std::function<void()>> jobs_;
    std::atomic<bool> stopped_{false};
    std::thread worker_;  // last: it uses the others
};

int main() {
    pool p;
    p.stop();
}
