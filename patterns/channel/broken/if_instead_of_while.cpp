// channel.4  A receiver that does not look again when it wakes up      (CH6)
// Breaks:  I3, who wakes up believes nothing
// Seen in: OSTEP, main-two-cvs-if.c; isocpp/CppCoreGuidelines#554 (CP.42)
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: Two receivers sleep and one value comes. Both wake up; the first takes the value, the
//          second finds the queue empty and concludes that the channel is closed. It is not: the
//          value that is sent next has nobody left to receive it. The same happens without
//          notify_all, when a newcomer takes the value before the one who was woken for it.

#include <condition_variable>
#include <cstdio>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "common/steps.hpp"

braid::steps order;

class channel {
public:
    void send(int value) {
        const std::lock_guard lock(mutex_);
        queue_.push_back(value);
        values_.notify_all();  // one would do; to wake more is never wrong where I3 is kept
    }

    std::optional<int> receive() {
        std::unique_lock lock(mutex_);
        if (++asleep_ == 2) order.at(1);
        if (queue_.empty() && !closed_) {  // BUG
            values_.wait(lock);
            if (++awake_ == 2) order.at(3);
        }
        if (queue_.empty()) return std::nullopt;
        const int value = queue_.front();
        queue_.pop_front();
        return value;
    }

private:
    std::mutex mutex_;
    std::condition_variable values_;
    std::list<int> queue_;
    bool closed_ = false;  // never, in this program
    int asleep_ = 0;
    int awake_ = 0;
};

int main() {
    channel ch;
    std::optional<int> got[2];
    std::thread first([&] { got[0] = ch.receive(); });
    std::thread second([&] { got[1] = ch.receive(); });
    order.at(2);
    ch.send(1);
    order.at(4);
    ch.send(2);
    first.join();
    second.join();
    if (got[0] && got[1]) return 0;
    std::puts("wrong result: 2 values were sent, 1 was received, and the channel is open");
    return 1;
}
