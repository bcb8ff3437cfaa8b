#pragma once

#include <atomic>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/task.hpp"

namespace braid_test {

// Tasks that hold something together, again and again, so that at any time at least one of them
// does: each gives it back only when another one has it, or when all others wait for it. Whoever
// else wants it for himself alone gets it only if those who come later than he do not go before
// him. For tests of fairness.
class relay {
public:
    // `hold()` takes it, and returns what gives it back at the end of its scope.
    template <class Hold>
    relay(int tasks, Hold hold) {
        for (int i = 0; i < tasks; ++i)
            tasks_.push_back(braid::go([this, hold] {
                while (!complete_) braid::this_task::yield();
                while (!stopped_) {
                    const auto held = hold();
                    ++holders_;
                    do braid::this_task::yield();
                    while (!may_give_back());
                }
                ++ended_;
            }));
        complete_ = true;
    }
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;
    ~relay() {
        stop();
        while (ended_ < tasks_.size())
            braid::this_task::yield();  // they look at each other's handle
    }

    // They give it back, once more each, and end.
    void stop() { stopped_ = true; }

private:
    bool may_give_back() {
        for (int now = holders_; now > 1;)
            if (holders_.compare_exchange_weak(now, now - 1)) return true;
        if (!stopped_ && !all_others_wait()) return false;
        --holders_;
        return true;
    }

    bool all_others_wait() const {
        for (const braid::task& t : tasks_)
            if (t.id() != braid::this_task::id() && !braid::lifecycle::parked(t)) return false;
        return true;
    }

    std::atomic<bool> complete_{false}, stopped_{false};
    std::atomic<int> holders_{0};
    std::atomic<std::size_t> ended_{0};
    std::vector<braid::task> tasks_;  // last: they use the others
};

}  // namespace braid_test
