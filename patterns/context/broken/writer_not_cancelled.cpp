// context.4  Cancel stops the reader, not the writer                   (CX3)
// Breaks:  I4, whoever works under a context stops soon after it is done
// Seen in: cockroachdb/cockroach#18101 (a restore whose producers block when its reader has left)
// Expect:  plain=ok asan=ok tsan=ok leak=leak@BUG explore=leak@BUG
// Reading: One task is left, the writer. It waits in the send of a fourth row, for a reader that
//          saw the cancel and has gone. Every wait of a task that works under a context has to be
//          one that the context can end, on both sides of a channel.

#include <cstdio>

#include "patterns/context/after_func.hpp"

using namespace braid;

int main() {
    auto ctx = with_cancel(background());
    const auto rows = make_channel<int>();
    go({.name = "writer"}, ctx, [rows](const context&) {
        for (int row = 1; row <= 100; ++row) rows.send(row);  // BUG
    }).detach();

    int read = 0;
    while (rows.receive(ctx))
        if (++read == 3) ctx.cancel();  // the user has seen enough
    std::printf("%d rows\n", read);
}
