// error_group.3  The group's context is used after wait                (EG1)
// Breaks:  nothing of the group: I2 says that its context is done after wait, failure or not
// Seen in: bazel remote-apis-sdks#583; go-containerregistry#1128; loki#20880
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: No tool can help: everything happens in order, and the context says truly that the group
//          is at its end. The second step finds itself cancelled before it begins. In Go the name
//          hides it (g, ctx := errgroup.WithContext(ctx)); here one has to ask the group. What goes
//          on after wait goes on under the context from which the group was made.

#include <cstdio>

#include "patterns/error_group/error_group.hpp"

using namespace braid;

bool save(const context& ctx, const sender<int>& disk, int value) { return disk.send(ctx, value); }

int main() {
    const scoped_context request = with_cancel(background());
    const auto disk = make_channel<int>(1);
    int answer = 0;

    error_group group(request);
    group.go([&] { answer = 42; });
    group.wait();
    const bool saved = save(group.ctx(), disk, answer);  // BUG

    if (saved) return 0;
    std::printf("wrong result: nothing failed, and the answer %d was not saved\n", answer);
    return 1;
}
