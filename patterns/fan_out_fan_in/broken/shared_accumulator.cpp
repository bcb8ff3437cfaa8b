// fan_out_fan_in.1  Workers add to one total, captured by reference   (FF3)
// Breaks:  I3, workers share nothing but the channels
// Seen in: cockroachdb/cockroach#35501; kubernetes/kubernetes#70892; moby/moby#22941
// Expect:  plain=ok asan=ok tsan=data-race@BUG leak=ok explore=data-race@BUG
// Reading: Two stacks with the same line: two workers in one function. Each has its own copy of it,
//          but what they share is said below the stacks: a variable on the stack of the main
//          thread, where `total` is. The sum is right nearly always; that proves nothing.

#include <cstdio>

#include "common/steps.hpp"
#include "patterns/fan_out_fan_in/fan_out_fan_in.hpp"

using namespace braid;

int main() {
    steps order;
    int total = 0;
    error_group group(background());
    const auto numbers = source<int>(group, [](const context& ctx, const output<int>& out) {
        static_cast<void>(out.send(ctx, 1) && out.send(ctx, 2));
    });
    auto add = [&](int n) {
        if (n == 2) order.at(1);  // both items are out, so each worker has one
        order.at(n == 1 ? 2 : 4);
        total += n;  // BUG
        if (n == 1) order.at(3);
        return unit{};
    };
    const auto done = fan_out(group, numbers, 2, add);
    while (done.receive()) {
    }
    group.wait();
    std::printf("%d\n", total);
}
