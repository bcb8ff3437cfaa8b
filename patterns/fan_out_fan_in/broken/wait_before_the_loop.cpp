// fan_out_fan_in.4  The results are received after the wait
// Breaks:  I5, receive until the close, then wait
// Seen in: pavius/impi#13
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: Thread #1 (main) waits for the group; each worker has a result in its hand and waits in
//          a send; the source waits for a free worker. "From which no living task has received" is
//          the hint: the loop that would receive has not begun. With as many places in the channel
//          as there are results it works, until there is one result more.

#include <cstdio>

#include "patterns/fan_out_fan_in/fan_out_fan_in.hpp"

using namespace braid;

int main() {
    error_group group(background());
    const auto numbers = source<int>(group, [](const context& ctx, const output<int>& out) {
        for (int i = 0; i < 10; ++i)
            if (!out.send(ctx, i)) return;
    });
    const auto squares = fan_out(group, numbers, 2, [](int n) { return n * n; });
    group.wait();  // BUG
    int sum = 0;
    for (const int n : squares) sum += n;
    std::printf("%d\n", sum);
}
