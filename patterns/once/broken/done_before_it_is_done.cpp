// once.3  Done is set by who begins
// Breaks:  I1, no call returns before the one function has returned
// Seen in: golang/go, src/sync/once.go, whose comment warns of just this
// Expect:  plain=wrong-result asan=wrong-result tsan=data-race leak=wrong-result explore=data-race
// Reading: One exchange decides who loads, so it is loaded once. But the flag says "begun", and is
//          taken for "done": the second caller returns at once and reads what is not there yet.
//          The report has that read, in main, and the write that comes too late; it cannot name
//          the exchange, where nothing raced. Who is not the first has to wait, and for that a
//          flag is not enough.

#include <atomic>
#include <cstdio>

#include "common/steps.hpp"
#include "common/task.hpp"

using namespace braid;

steps order;

class settings {
public:
    void load_once() {
        if (begun_.exchange(true)) return;  // BUG
        order.at(1);
        order.at(4);
        size_ = 80;
    }

    int size() const { return size_; }

private:
    std::atomic<bool> begun_{false};
    int size_ = 0;
};

int main() {
    settings s;
    task first = go({.name = "first"}, [&] { s.load_once(); });
    order.at(2);
    s.load_once();
    const int size = s.size();
    order.at(3);
    first.join();
    if (size == 80) return 0;
    std::printf("wrong result: the size is %d\n", size);
    return 1;
}
