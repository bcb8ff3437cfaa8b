// context.6  A helper waits for a done that never comes                (CX2)
// Breaks:  I3, whoever makes a context that can be cancelled cancels it
// Seen in: cockroachdb/cockroach#13197, #13755 (a goroutine that awaits the end of a transaction)
// Expect:  plain=ok asan=ok tsan=ok leak=leak@BUG explore=leak@BUG
// Reading: One task for each transaction is left, waiting to roll back what was committed long ago.
//          It waits on the caller's context, and that one is never done: "receive (nil channel)".
//          The transaction needs a context of its own, and commit has to end it.

#include <cstdio>

#include "patterns/context/after_func.hpp"

using namespace braid;

// Rolls back when the caller's context is done before the commit.
class transaction {
public:
    explicit transaction(const context& ctx) {
        go({.name = "rollback"}, [ctx] {
            ctx.done().receive();  // BUG
        }).detach();
    }
    void commit() { std::printf("committed\n"); }
};

int main() {
    for (int i = 0; i < 3; ++i) {
        transaction t(background());
        t.commit();
    }
}
