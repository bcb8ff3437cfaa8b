// semaphore.4  Released by one who never got in                        (SE2)
// Breaks:  I4, who acquires releases the same number, once
// Seen in: files-community/Files#7112; sirixdb/sirix#1072; shinyorg/mediator#39
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: The wait of the impatient task is cancelled, and its release gives back a permit of
//          somebody else's, who is still at work. From then on there is one more inside than the
//          limit says. Only a release beyond all that are out would throw. The result of acquire is
//          [[nodiscard]] for this: here it is thrown away by hand.

#include <cstdio>

#include "common/task.hpp"
#include "patterns/context/context.hpp"
#include "patterns/semaphore/semaphore.hpp"

using namespace braid;

semaphore slots(2);

void visit(const context& ctx) {
    static_cast<void>(slots.acquire(ctx));  // BUG
    if (!ctx.err()) std::puts("inside");
    slots.release();
}

int main() {
    slots.acquire(2);  // two are inside, and stay
    auto ctx = with_cancel(background());
    task impatient = go({.name = "impatient"}, [&] { visit(ctx); });
    ctx.cancel();
    impatient.join();
    if (!slots.try_acquire()) return 0;
    std::puts("wrong result: the limit is 2, and 3 are inside");
    return 1;
}
