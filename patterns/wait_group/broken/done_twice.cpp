// wait_group.3  A task is done twice on its way out                    (WG4)
// Breaks:  I2, the counter says how many are not done
// Seen in: kubernetes#13058
// Expect:  plain=throws asan=throws tsan=throws leak=throws explore=throws@BUG
// Reading: "negative wait group counter" comes from whichever done was one too many, and that need
//          not be the wrong one: count the ways out of each task. Until it throws, a done too many
//          is worse: it stands for another task, and wait returns before that one is done. go has
//          one way out.

#include <string_view>

#include "common/steps.hpp"
#include "common/task.hpp"
#include "patterns/wait_group/wait_group.hpp"

using namespace braid;

void parse(std::string_view text, int& words, wait_group& wg) {
    if (text.empty()) wg.done();  // BUG
    words += text.empty() ? 0 : 1;
    wg.done();
}

int main() {
    steps order;
    int words = 0, none = 0;
    wait_group wg;
    wg.add(2);
    const task full = go({.name = "full"}, [&] {
        parse("word", words, wg);
        order.at(1);
    });
    const task empty = go({.name = "empty"}, [&] {
        order.at(2);
        parse("", none, wg);
    });
    wg.wait();
}
