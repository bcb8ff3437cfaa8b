// fan_out_fan_in.3  Every worker closes the merged channel            (FF2)
// Breaks:  I1, the results are closed once, by whichever worker ends last
// Seen in: fatedier/frp#3871; moby/moby#24007
// Expect:  plain=throws asan=throws tsan=throws leak=throws explore=throws@BUG
// Reading: "close of closed channel", or "send on closed channel" if the other worker still had
//          something to send. Either way the one who is told is the one who was second. No worker
//          can know that it is the last; a count of those at work can, and that is what the copies
//          of an output<T> are.

#include <cstdio>

#include "patterns/fan_out_fan_in/fan_out_fan_in.hpp"

using namespace braid;

int main() {
    error_group group(background());
    const auto numbers = source<int>(group, [](const context& ctx, const output<int>& out) {
        for (int i = 0; i < 10; ++i)
            if (!out.send(ctx, i)) return;
    });
    const auto squares = make_channel<int>(10);
    for (int worker = 0; worker < 2; ++worker)
        group.go([numbers, squares](const context& ctx) {
            for (const int n : numbers.until(ctx))
                if (!squares.send(ctx, n * n)) return;
            squares.close();  // BUG
        });
    int sum = 0;
    for (const int n : squares) sum += n;
    group.wait();
    std::printf("%d\n", sum);
}
