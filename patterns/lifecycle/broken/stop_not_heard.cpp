// lifecycle.5  A task that does not look whether it was told to stop
// Breaks:  I1, f returns soon after ctx is done
// Seen in: rancher/wrangler#664; weill-labs/amux#739
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: Thread #1, which is main, is in the destructor of the service: it has told the worker to
//          stop, and waits for it in "join". The worker waits in "receive" for a job, and for
//          nothing else. A stop is a request. Each wait of a task that shall hear it takes the
//          context: one that does not is where a shutdown hangs.

#include "common/task.hpp"
#include "patterns/lifecycle/lifecycle.hpp"

using namespace braid;

int main() {
    const auto jobs = make_channel<int>();
    int done = 0;
    service worker({.name = "worker"}, background(), [&](const context&) {
        while (jobs.receive()) ++done;  // BUG
    });
    jobs.send(1);
}
