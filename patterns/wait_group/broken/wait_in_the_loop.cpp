// wait_group.5  Wait stands in the loop that starts the tasks          (WG2)
// Breaks:  the rule of every wait: what you wait for must be able to come without you
// Seen in: moby#25384
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: All three tasks are counted before the loop, and wait is called after the first has been
//          started. The report says so by what it does not list: thread #1, which is main, waits
//          for a wait group, and no task is left that could be done. The right place of wait is
//          one brace further down.

#include <array>

#include "common/task.hpp"
#include "patterns/wait_group/wait_group.hpp"

using namespace braid;

int main() {
    std::array<int, 3> squares{0, 1, 2};
    wait_group wg;
    wg.add(3);
    for (int& n : squares) {
        go({.name = "square"}, [&n, &wg] {
            n *= n;
            wg.done();
        }).detach();
        wg.wait();  // BUG
    }
}
