// once.5  The load has failed, and counts as done                      (ON3)
// Breaks:  I4, a failure is everybody's
// Seen in: LFDT-Panurus/panurus#2052 (the same with Go's errors); golang/go#22098
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: The first caller gets the exception, and copes. The second is told nothing: for a once,
//          a call that threw has been made. So it works with what was never loaded. No tool can
//          know that this is wrong. once_value throws to every caller.

#include <cstdio>
#include <stdexcept>
#include <vector>

#include "patterns/once/once.hpp"

using namespace braid;

class prices {
public:
    const std::vector<int>& all() {
        loaded_.call([this] { all_ = load(); });  // BUG
        return all_;
    }

private:
    static std::vector<int> load() { throw std::runtime_error("no such file"); }

    once loaded_;
    std::vector<int> all_;
};

int main() {
    prices p;
    try {
        p.all();
    } catch (const std::runtime_error& e) {
        std::printf("the first caller: %s\n", e.what());
    }
    try {
        int sum = 0;
        for (const int price : p.all()) sum += price;
        std::printf("wrong result: the second caller adds up %zu prices: %d\n", p.all().size(),
                    sum);
        return 1;
    } catch (const std::runtime_error& e) {
        std::printf("the second caller: %s\n", e.what());
    }
}
