// pipeline.1  The consumer leaves before the last value               (PL1)
// Breaks:  I6, a consumer that leaves early cancels
// Seen in: cockroachdb/cockroach#18101; openfga/openfga#2755; sqleak.go of the Go blog
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: Two entries, and a cycle of two: "count" waits in a send for somebody who receives, and
//          the one who did so, thread #1 (main), waits for the group, that is, for the end of
//          "count". Nothing is raced for, so TSan is silent. The one at fault is the one who left:
//          a stage may rely on its consumer to go on, or to cancel.

#include <cstdio>

#include "patterns/pipeline/pipeline.hpp"

using namespace braid;

int main() {
    error_group group(background());
    auto count = [](const context& ctx, const output<int>& out) {
        for (int i = 1; out.send(ctx, i);) ++i;
    };
    const auto numbers = source<int>(group, count, {.name = "count"});
    for (const int n : numbers) {
        if (n * n < 1000) continue;
        std::printf("the first square of four digits is that of %d\n", n);
        break;
    }
    group.wait();  // BUG
}
