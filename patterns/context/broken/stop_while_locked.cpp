// context.5  A registration ends under the lock that its function needs (CX4)
// Breaks:  I5, a registration does not end under a lock that its function needs
// Seen in: facebookexperimental/libunifex#670 (a stop callback that is destroyed under a lock)
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock
// Reading: Two entries and a cycle. The main thread waits in a join, for the task of the function
//          that was registered here; that task waits for the mutex, which main holds. Locals are
//          destroyed in reverse: what was declared last, under the lock, is waited for first.

#include <cstdio>
#include <mutex>

#include "patterns/context/after_func.hpp"
#include "patterns/mutex/mutex.hpp"

using namespace braid;

int main() {
    mutex m;
    bool over = false;
    auto ctx = with_cancel(background());
    {
        const std::scoped_lock lock(m);
        const auto stop = after_func(ctx, [&] {  // BUG
            const std::scoped_lock own(m);
            over = true;
        });
        ctx.cancel();
    }
    std::printf("%d\n", over);
}
