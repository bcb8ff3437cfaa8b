#pragma once

#include <atomic>
#include <cstdlib>

#include "common/runtime/runtime.hpp"

namespace braid {

// Orders program points of different tasks without a happens-before edge, for counterexamples: the
// bug shows in every run, and ThreadSanitizer still sees it, because relaxed atomics order nothing.
//
//     steps order;
//     // one task                        // the other
//     looks = flag;  order.at(1);        order.at(2);  flag = true;
//
// at(n) returns once at(1) .. at(n-1) were passed: what stands before at(1) is done before what
// stands after at(2). Each number is passed once.
//
// NATURAL=1 in the environment makes at() do nothing: then the bug shows as often as chance has it.
// Never part of a right program: what is ordered by steps alone is a race.
class steps {
public:
    void at(int n) noexcept {
        if (natural_) return;
        while (passed_.load(std::memory_order_relaxed) != n - 1) runtime::yield();
        passed_.store(n, std::memory_order_relaxed);
    }

private:
    const bool natural_ = std::getenv("NATURAL") != nullptr;
    std::atomic<int> passed_{0};
};

}  // namespace braid
