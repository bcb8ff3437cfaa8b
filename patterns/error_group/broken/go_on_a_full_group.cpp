// error_group.5  A task waits for a slot of its own, full group          (WP6)
// Breaks:  I4 is kept, and that is the trouble: all slots are taken by tasks that want one more
// Seen in: sourcegraph/conc#88
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: The walker holds the only slot, and is blocked in a send: the slots are a channel, made
//          where the limit was set. It would give its slot back at its end, and its end waits for
//          a slot. With more slots it takes a deeper tree to show. Inside a task use try_go, and
//          do the work yourself when it says no.

#include <cstdio>

#include "patterns/error_group/error_group.hpp"

using namespace braid;

// Each level of the tree is a task of the group.
void walk(error_group& group, int depth) {
    if (depth == 0) return;
    group.go({.name = "walker"}, [&group, depth] { walk(group, depth - 1); });  // BUG
}

int main() {
    error_group group;
    group.set_limit(1);
    walk(group, 2);
    group.wait();
    std::puts("walked");
}
