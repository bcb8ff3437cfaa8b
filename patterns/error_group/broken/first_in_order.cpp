// error_group.4  The first failure in order instead of the first in time       (EG3)
// Breaks:  I1, the first failure, by time, is the one that is rethrown
// Seen in: cockroach#17453, as told in dominikh/go-tools#155
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: The second task fails and cancels the first, which then fails, too: because it was
//          cancelled. Whoever looks through the results in the order of the tasks finds the
//          consequence before the cause, and "canceled" tells a user nothing. Keep the first by
//          time, or give the failure to cancel and ask the context for its cause.

#include <array>
#include <cstdio>
#include <string>

#include "patterns/context/context.hpp"
#include "patterns/wait_group/wait_group.hpp"

using namespace braid;

int main() {
    std::array<std::string, 2> errors;
    const auto lines = make_channel<int>();
    scoped_context ctx = with_cancel(background());
    wait_group tasks;
    tasks.go({.name = "parser"}, [&] {
        if (!lines.receive(ctx)) errors[0] = "context canceled";
    });
    tasks.go({.name = "reader"}, [&] {
        errors[1] = "disk on fire";
        ctx.cancel();
    });
    tasks.wait();

    std::string first;
    for (const std::string& e : errors)
        if (first.empty()) first = e;  // BUG
    if (first == "disk on fire") return 0;
    std::printf("wrong result: the disk is on fire, and the user is told: %s\n", first.c_str());
    return 1;
}
