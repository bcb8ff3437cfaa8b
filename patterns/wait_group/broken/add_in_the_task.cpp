// wait_group.1  The task counts itself                                 (WG1)
// Breaks:  I1, add happens before the wait that is to count it
// Seen in: coredns#3433; ollama#10070; grafana/tempo#5589; milvus#25188; go vet reports it
// Expect:  plain=wrong-result asan=wrong-result tsan=data-race leak=wrong-result explore=data-race
// Reading: The counter is still 0 when main comes to wait, so wait returns at once, and main reads
//          what the task is about to write. The report shows the two accesses to "lines": one in
//          main, after a wait that should have prevented it, one in the task. Neither line is
//          wrong. Look for the add that counts this task, and for what lets it come too late.

#include <cstdio>

#include "common/steps.hpp"
#include "common/task.hpp"
#include "patterns/wait_group/wait_group.hpp"

using namespace braid;

int main() {
    steps order;
    int lines = 0;
    wait_group wg;
    const task counter = go({.name = "counter"}, [&] {
        order.at(2);
        wg.add(1);  // BUG
        lines = 42;
        wg.done();
    });
    wg.wait();
    const int seen = lines;
    order.at(1);
    if (seen == 42) return 0;
    std::printf("wrong result: %d lines were counted, and not 42\n", seen);
    return 1;
}
