// lifecycle.4  The owner is declared before what its task uses
// Breaks:  I3, what a task uses by reference outlives its owner
// Seen in: mockingbirdnest/Principia#4139; nebulastream/nebulastream#1316
// Expect:  plain=ok asan=use-after-free tsan=use-after-free leak=ok explore=use-after-free
// Reading: One stack is the task, which reports for a last time when it was told to stop. The other
//          is the destructor of the monitor, which has freed the counts before. It does stop the
//          task and wait for it; but the members that stand below are destroyed before that. The
//          marked line belongs under "counts_".

#include <chrono>
#include <cstdio>
#include <vector>

#include "common/task.hpp"
#include "patterns/lifecycle/lifecycle.hpp"

using namespace braid;
using namespace std::chrono_literals;

class monitor {
public:
    monitor()
        : task_({.name = "monitor"}, background(), [this](const context& ctx) {
              every(ctx, 1h, [this] { report(); });
              report();
          }) {}

private:
    void report() const;

    service task_;  // BUG
    std::vector<int> counts_ = std::vector<int>(100);
};

void monitor::report() const {
    int total = 0;
    for (const int n : counts_) total += n;
    std::printf("%d so far\n", total);
}

int main() { monitor m; }
