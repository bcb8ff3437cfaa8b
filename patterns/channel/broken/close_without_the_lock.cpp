// channel.1  Close sets an atomic flag without the lock                (CH1)
// Breaks:  I1, every member is written under the mutex
// Seen in: andreiavrammsd/cpp-channel#37 ("one in 500-600 usages"); bshoshany/thread-pool#93
// Expect:  plain=hang asan=hang tsan=hang leak=hang explore=deadlock@BUG
// Reading: The receiver has looked (open, and empty) and is about to sleep. Close sets the flag and
//          wakes everybody, but nobody sleeps yet; then the receiver sleeps, for ever. The flag is
//          atomic, so this is no data race, and no tool says a word. Ask of each wait: can what it
//          waits for come true between its look and its sleep? Under the mutex it cannot.

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "common/steps.hpp"

braid::steps order;

class channel {
public:
    std::optional<int> receive() {
        std::unique_lock lock(mutex_);
        while (queue_.empty() && !closed_) {
            order.at(1);
            order.at(4);
            values_.wait(lock);
        }
        if (queue_.empty()) return std::nullopt;
        const int value = queue_.front();
        queue_.pop_front();
        return value;
    }

    void close() {
        order.at(2);
        closed_ = true;  // BUG
        values_.notify_all();
        order.at(3);
    }

private:
    std::mutex mutex_;
    std::condition_variable values_;
    std::list<int> queue_;
    std::atomic<bool> closed_{false};
};

int main() {
    channel ch;
    std::thread receiver([&] { ch.receive(); });
    ch.close();
    receiver.join();
}
