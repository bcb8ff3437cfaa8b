// pipeline.3  A stage goes on using what it has sent
// Breaks:  I4, a value belongs to one stage at a time
// Seen in: influxdata/telegraf#991; kata-containers/govmm#89; digitalocean/go-qemu#226
// Expect:  plain=wrong-result asan=wrong-result tsan=data-race@BUG leak=wrong-result
//          explore=data-race@BUG
// Reading: One stack writes to the string in "read", the other reads it in the main thread. The
//          send does put them in order, but only what "read" did before it: the write of the next
//          line comes after. What went down the channel is a pointer, so there is still one string,
//          and both stages use it.

#include <cstdio>
#include <string>

#include "common/steps.hpp"
#include "patterns/pipeline/pipeline.hpp"

using namespace braid;

int main() {
    steps order;
    std::string line;
    error_group group(background());
    auto read = [&](const context& ctx, const output<const std::string*>& out) {
        for (const char* text : {"first", "second"}) {
            line = text;  // BUG
            if (text[0] == 's') order.at(1);
            if (!out.send(ctx, &line)) return;
        }
    };
    const auto lines = source<const std::string*>(group, read, {.name = "read"});
    const std::string* const got = *lines.receive();
    order.at(2);
    const bool right = *got == "first";
    lines.receive();
    group.wait();
    if (right) return 0;
    std::puts("wrong result: the first line that was received is not the first that was sent");
    return 1;
}
