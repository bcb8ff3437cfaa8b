// PCT: each thread has a priority by chance, and the highest that can run does. A few times in an
// execution, by chance, the running thread falls below all others. What needs d such changes is
// found with a probability that falls with the d-th power of the length, not with every schedule.
#include <algorithm>
#include <array>

#include "tests/explore/random.hpp"
#include "tests/explore/strategy.hpp"
#include "tests/explore/vector_clock.hpp"

namespace explore {
namespace {

class pct : public strategy {
public:
    pct(std::uint64_t seed, int changes) : random_(seed), changes_(changes) {}

    bool next() override {
        longest_ = std::max(longest_, asked_);
        asked_ = 0;
        lowest_ = 0;
        known_ = 0;
        at_.clear();
        for (int i = 0; i != changes_; ++i) at_.push_back(random_.below(longest_));
        return true;
    }

    int choose(const question& asked) override {
        const auto count = static_cast<std::uint32_t>(asked.count);
        if (asked.threads == nullptr) return static_cast<int>(random_.below(count));
        meet(asked);
        ++asked_;
        // Fair in the end: threads that wait for each other without the engine's knowledge must all
        // get on.
        if (asked_ > fair_after * longest_) return static_cast<int>(random_.below(count));
        if (std::find(at_.begin(), at_.end(), asked_) != at_.end())
            priority_[static_cast<std::size_t>(asked.asks)] = --lowest_;
        int best = 0;
        for (int i = 1; i != asked.count; ++i)
            if (priority_[asked.threads[i]] > priority_[asked.threads[best]]) best = i;
        return best;
    }

private:
    static constexpr std::uint32_t fair_after = 4;

    // Threads have their priority from the first decision on that they take part in.
    void meet(const question& asked) {
        int last = asked.asks;
        for (int i = 0; i != asked.count; ++i) last = std::max<int>(last, asked.threads[i]);
        for (; known_ <= last; ++known_)
            priority_[static_cast<std::size_t>(known_)] = 1 + random_.below(1U << 30);
    }

    random_numbers random_;
    int changes_;
    std::uint32_t longest_ = 16;  // of the executions so far, in decisions on who runs
    std::uint32_t asked_ = 0;
    std::int64_t lowest_ = 0;
    std::array<std::int64_t, max_threads> priority_{};  // of the first known_ threads
    int known_ = 0;
    std::vector<std::uint32_t> at_;  // when the running thread falls
};

}  // namespace

std::unique_ptr<strategy> by_priorities(std::uint64_t seed, int changes) {
    return std::make_unique<pct>(seed, changes);
}

}  // namespace explore
