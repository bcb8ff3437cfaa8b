// channel.2  Close sets a plain flag without the lock                  (CH1)
// Breaks:  I1, every member is written under the mutex
// Seen in: the flag of andreiavrammsd/cpp-channel#37 before somebody makes it atomic
// Expect:  plain=ok asan=ok tsan=data-race@BUG leak=ok explore=data-race@BUG
// Reading: One stack writes the flag in close, the other reads it in receive. The reader holds the
//          mutex and the writer does not, so nothing puts the two in order. An atomic flag silences
//          this report and leaves the bug: see close_without_the_lock.cpp. Here the close comes
//          first, so that the receiver sees it and the program ends.

#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "common/steps.hpp"

class channel {
public:
    std::optional<int> receive() {
        std::unique_lock lock(mutex_);
        values_.wait(lock, [&] { return closed_ || !queue_.empty(); });
        if (queue_.empty()) return std::nullopt;
        const int value = queue_.front();
        queue_.pop_front();
        return value;
    }

    void close() {
        closed_ = true;  // BUG
        values_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable values_;
    std::list<int> queue_;
    bool closed_ = false;
};

int main() {
    braid::steps order;
    channel ch;
    std::thread receiver([&] {
        order.at(2);
        ch.receive();
    });
    ch.close();
    order.at(1);
    receiver.join();
}
