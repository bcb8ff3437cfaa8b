// channel.3  Senders and receivers sleep on one condition variable     (CH5)
// Breaks:  I5, a wake-up for one reaches one who can use it
// Seen in: olahol/cpp-csp#2; OSTEP, main-one-cv-while.c
// Expect:  plain=hang asan=hang tsan=hang leak=hang explore=deadlock@BUG
// Reading: Two receivers sleep. The sender brings the first value, which wakes one of them, and
//          sleeps, because there is no room for the second. The receiver takes the value and means
//          to wake the sender, but the other receiver has slept longer: it wakes, finds nothing,
//          and sleeps again. Now there is room, and nobody who knows. Every access is locked, so
//          TSan is content; Braid's registry does not see who sleeps on a std::condition_variable.

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "common/steps.hpp"

braid::steps order;

class channel {  // capacity 1
public:
    // Several values in one go, so that the first receiver cannot act in between.
    void send(const std::list<int>& values) {
        std::unique_lock lock(mutex_);
        for (const int value : values) {
            changed_.wait(lock, [&] { return queue_.empty(); });
            queue_.push_back(value);
            changed_.notify_one();
        }
    }

    int receive() {
        std::unique_lock lock(mutex_);
        if (++receivers_ == 2) order.at(1);  // before the sender: it gets the mutex once we sleep
        changed_.wait(lock, [&] { return !queue_.empty(); });
        const int value = queue_.front();
        queue_.pop_front();
        changed_.notify_one();  // BUG
        return value;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::list<int> queue_;
    int receivers_ = 0;
};

int main() {
    channel ch;
    std::thread first([&] { ch.receive(); });
    std::thread second([&] { ch.receive(); });
    order.at(2);
    ch.send({1, 2});
    first.join();
    second.join();
}
