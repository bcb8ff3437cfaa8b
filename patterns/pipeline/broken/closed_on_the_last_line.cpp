// pipeline.5  The output is closed by the last line of the stage       (PL4)
// Breaks:  I1, a channel is closed by the stage that sends on it, however that ends
// Seen in: cockroachdb/cockroach#35073
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock explore=deadlock
// Reading: One entry: thread #1 (main) receives from a channel "to which no living task has sent".
//          So ask for the stage that should send. It is gone; it ended by an exception, which its
//          group has noted, and never came to its last line. The failure would be told by
//          group.wait(), after the loop that does not end.

#include <cstdio>
#include <stdexcept>

#include "patterns/pipeline/pipeline.hpp"

using namespace braid;

int first_row() { throw std::runtime_error("rows: no such table"); }

int main() {
    const auto rows = make_channel<int>();
    error_group group(background());
    group.go({.name = "read"}, [out = rows.out()](const context& ctx) {
        const int first = first_row();
        for (int row = first; row < first + 3; ++row)
            if (!out.send(ctx, row)) break;
        out.close();  // BUG
    });
    for (const int row : rows) std::printf("row %d\n", row);
    group.wait();
}
