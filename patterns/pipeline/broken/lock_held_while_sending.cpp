// pipeline.2  A lock is held across a send                            (PL6)
// Breaks:  I5, no lock is held across a send or a receive
// Seen in: etcd-io/etcd#7443; kubernetes/kubernetes#1321, #6632, #10182
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: Look at the cycle: thread #1 (main) waits for the mutex, which "work" holds, and "work"
//          waits for the channel, from which main receives. A channel and a lock take part, so no
//          tool that looks at locks alone can see it, and TSan is silent. It shows only if the
//          consumer comes for the lock while the next send is under way.

#include <cstdio>
#include <mutex>

#include "common/steps.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/pipeline/pipeline.hpp"

using namespace braid;

int main() {
    steps order;
    mutex m;
    int started = 0;  // guarded by m
    error_group group(background());
    auto work = [&](const context& ctx, const output<int>& out) {
        for (int i = 1; i <= 2; ++i) {
            const std::scoped_lock lock(m);
            ++started;
            if (i == 2) order.at(1);
            if (!out.send(ctx, i)) return;  // BUG
        }
    };
    const auto results = source<int>(group, work, {.name = "work"});
    for (const int n : results) {
        if (n == 1) order.at(2);
        const std::scoped_lock lock(m);
        std::printf("%d of %d done\n", n, started);
    }
    group.wait();
}
