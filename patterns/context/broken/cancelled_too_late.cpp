// context.2  The context is looked at between batches only             (CX6)
// Breaks:  I4, whoever works under a context stops soon after it is done
// Seen in: "Advanced Go Concurrency Patterns" (Go talk, 2013), the second bug of its naive loop: it
//          sleeps on after it was closed
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: No tool has anything to report: there is no race, and nobody waits for ever. The work
//          does end, only 990 steps too late. So a test of cancellation has to count the steps that
//          are done after the cancel; one that only waits for the end passes.

#include <atomic>
#include <cstdio>

#include "common/steps.hpp"
#include "common/task.hpp"
#include "patterns/context/context.hpp"

using namespace braid;

constexpr int batch = 1000;

int main() {
    steps order;
    auto ctx = with_cancel(background());
    std::atomic<int> steps_done{0};
    task worker = go([&] {
        while (!ctx.err()) {  // BUG
            for (int i = 0; i < batch; ++i) {
                if (++steps_done != 10) continue;
                order.at(1);
                order.at(4);
            }
        }
    });
    order.at(2);
    ctx.cancel();
    const int at_cancel = steps_done;
    order.at(3);
    worker.join();
    const int late = steps_done - at_cancel;
    if (late <= 1) return 0;
    std::printf("wrong result: %d steps after the cancel, at most 1 is right\n", late);
    return 1;
}
