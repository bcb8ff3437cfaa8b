// pipeline.4  A select whose operand is itself a receive              (PL5)
// Breaks:  I2, a stage waits under the group's context only
// Seen in: luk4z7/go-concurrency-guide (in three places)
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: "relay" is blocked in a receive, not in a select, although there is only a select to be
//          seen on that line: to know what it would send, it has to receive first, and that happens
//          before the select begins. The case that listens for the cancel is never looked at.

#include "common/select.hpp"
#include "patterns/pipeline/pipeline.hpp"

using namespace braid;

int main() {
    const auto quiet = make_channel<int>();  // nothing comes for now
    auto ctx = with_cancel(background());
    error_group group(ctx);
    auto relay = [](const context& ctx, const receiver<int>& in, const output<int>& out) {
        for (;;)
            if (select(receive(ctx.done()), send(out.to(), *in.receive())) == 0) return;  // BUG
    };
    const auto relayed = stage<int>(group, quiet, relay, {.name = "relay"});
    ctx.cancel();
    group.wait();
}
