// lifecycle.1  A ticker that nobody stops
// Breaks:  I1, whoever starts a task knows how it stops
// Seen in: statsd/system#9; containerd/containerd#9384; optimizely/go-sdk#375
// Expect:  plain=ok asan=ok tsan=ok leak=leak@BUG explore=leak@BUG
// Reading: The report lists three tasks with one name, one for each connection that has come and
//          gone. All wait at the marked line for a ticker that goes on as long as they do. What is
//          missing in that line is what could end it. No sanitizer objects: the memory of a task
//          that is alive is in use.

#include <atomic>
#include <chrono>
#include <memory>

#include "common/task.hpp"
#include "common/timer.hpp"

using namespace braid;
using namespace std::chrono_literals;

class connection {
public:
    connection() {
        go({.name = "heartbeat"}, [beats = beats_] {
            const ticker ticks(1h);
            while (ticks.receive()) ++*beats;  // BUG
        }).detach();
    }

private:
    std::shared_ptr<std::atomic<int>> beats_ = std::make_shared<std::atomic<int>>(0);
};

int main() {
    for (int i = 0; i < 3; ++i) connection c;
}
