// error_group.2  A task that does not look at the group's context      (EG2)
// Breaks:  I2, as far as it is the task's part: a failure stops those who look
// Seen in: docker/compose#13480; ihippik/wal-listener#53
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: The reader has failed and gone, and the group's context is done; the report does not
//          even list the reader. What is left is "parser", in a receive that nothing can end, and
//          thread #1, which is main, in a wait for the parser. Each blocking operation of a task
//          of a group wants the group's context: the failure of a sibling reaches it in no other
//          way.

#include <cstdio>
#include <stdexcept>

#include "patterns/error_group/error_group.hpp"

using namespace braid;

int main() {
    const auto lines = make_channel<int>();
    int sum = 0;
    error_group group(background());
    group.go({.name = "parser"}, [&](const context&) {
        for (const int n : lines) sum += n;  // BUG
    });
    group.go({.name = "reader"}, [&](const context& ctx) {
        if (!lines.send(ctx, 1)) return;
        throw std::runtime_error("disk on fire");  // and `lines` is never closed
    });
    try {
        group.wait();
    } catch (const std::runtime_error& e) {
        std::printf("%s\n", e.what());
    }
}
