// worker_pool.4  The jobs append their results to one vector
// Breaks:  I7, workers share nothing but the channels
// Seen in: "A million ways to die from a data race in Go" (appends to a slice that all share)
// Expect:  plain=ok asan=ok tsan=data-race@BUG leak=ok explore=data-race@BUG
// Reading: Two workers of the pool, and the one line that both were at. That the pool hands out
//          its jobs one by one says nothing about what the jobs do to each other: they run at the
//          same time. The vector has room, so nothing is moved and the program seems to work; it
//          crashes only where the vector has to grow.

#include <string>
#include <vector>

#include "common/steps.hpp"
#include "patterns/worker_pool/worker_pool.hpp"

using namespace braid;

int main() {
    steps order;
    std::vector<std::size_t> lengths;
    lengths.reserve(2);
    const auto measure = [&](int job) {
        const std::string text(static_cast<std::size_t>(job), '.');
        order.at(job == 1 ? 2 : 1);
        if (job == 2) order.at(4);
        lengths.push_back(text.size());  // BUG
        if (job == 1) order.at(3);
    };
    worker_pool<int> pool(background(), {.workers = 2, .queue = 2}, measure);
    for (const int job : {1, 2})
        if (!pool.submit(background(), job)) return 1;
    pool.drain();
}
