// once.1  Look whether it is loaded, then load it                      (ON5)
// Breaks:  I2, one function is called, once
// Seen in: openjdk/jcstress, sample RaceCondition_02_CheckThenReact: 12 % of the runs
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: No tool says a word, only the result is wrong: every access is atomic, so there is no
//          data race. What is not atomic is the pair of them, the look and what follows from it:
//          between the two another task looks, too. An atomic makes an access safe, not a
//          decision.

#include <atomic>
#include <cstdio>

#include "common/steps.hpp"
#include "common/task.hpp"

using namespace braid;

steps order;

class settings {
public:
    void load_once(int looks, int loads) {
        const bool must_load = !loaded_;  // BUG
        order.at(looks);
        if (!must_load) return;
        order.at(loads);
        ++loads_;
        loaded_ = true;
    }

    int loads() const { return loads_; }

private:
    std::atomic<bool> loaded_{false};
    std::atomic<int> loads_{0};
};

int main() {
    settings s;
    task one = go([&] { s.load_once(1, 3); });
    task two = go([&] { s.load_once(2, 4); });
    one.join();
    two.join();
    if (s.loads() == 1) return 0;
    std::printf("wrong result: loaded %d times\n", s.loads());
    return 1;
}
