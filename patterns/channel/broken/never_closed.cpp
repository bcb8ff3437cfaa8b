// channel.7  A receive loop over a channel that nobody closes
// Breaks:  I6, the side that sends closes after its last send
// Seen in: cockroachdb/cockroach#35073 (a stage that fails leaves its output open)
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: The main thread waits in a receive, on the channel made here, "to which no living task
//          has sent": the producer is not in the report, because it has ended. Whoever could have
//          closed the channel is gone. A receive loop ends at the close, not at the last value.

#include <cstdio>

#include "common/channel.hpp"
#include "common/task.hpp"

using namespace braid;

int main() {
    const auto numbers = make_channel<int>();
    const task producer = go({.name = "producer"}, [out = numbers.out()] {
        for (int i = 1; i <= 3; ++i) out.send(i);
    });
    int sum = 0;
    for (const int n : numbers) sum += n;  // BUG
    std::printf("%d\n", sum);
}
