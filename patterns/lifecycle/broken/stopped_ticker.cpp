// lifecycle.2  A ticker is stopped to end the task that receives from it
// Breaks:  I1, whoever starts a task knows how it stops
// Seen in: InVisionApp/go-health#35; showwin/speedtest-go#142
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: Thread #1, which is main, waits in "join" for the task, the task waits in "receive" for
//          a ticker. To stop a ticker ends the ticks and closes nothing (in Go too), so the loop
//          waits for the next one for ever. The report would not be there if the ticker still ran:
//          then this looks like work, and only the leak check at the end shows it.

#include <chrono>

#include "common/task.hpp"
#include "common/timer.hpp"

using namespace braid;
using namespace std::chrono_literals;

class heartbeat {
public:
    heartbeat()
        : task_(go({.name = "heartbeat"}, [this] {
              while (ticks_.receive()) ++beats_;  // BUG
          })) {}
    ~heartbeat() { ticks_.stop(); }  // and ~task waits

private:
    ticker ticks_{1h};
    int beats_ = 0;
    task task_;
};

int main() { heartbeat h; }
