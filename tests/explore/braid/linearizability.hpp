#pragma once

#include <algorithm>
#include <bitset>
#include <concepts>
#include <span>
#include <utility>
#include <vector>

#include "tests/explore/braid/history.hpp"

// Whether a history of concurrent operations is one of a sequential model: whether there is an
// order of all operations, in which each one that has returned before another was invoked stands
// before that, and in which the model allows each result. Wing and Gong's search ("Testing and
// verifying concurrent objects", 1993), with Lowe's memory of what it has tried ("Testing for
// linearizability", 2017), where two operations that meet can also take effect as one.
//
// The history ends when nobody can move any more. An operation that has not returned by then has
// had no effect, and at the end of that order the model must say that it cannot proceed. So a lost
// wake-up is found, also one of a task that others have served.
namespace explore {

using operation_set = std::bitset<most_operations>;

// The operations that are under way, or may be, when another one takes effect: they have not had
// theirs yet.
class under_way {
public:
    under_way(std::span<const operation> all, operation_set these) : all_(all), these_(these) {}

    template <std::predicate<const operation&> P>
    bool any(P holds) const {
        for (std::size_t i = 0; i != all_.size(); ++i)
            if (these_[i] && holds(all_[i])) return true;
        return false;
    }
    // The same of those that certainly wait: since before `op` was invoked nobody has been able to
    // wake them.
    template <std::predicate<const operation&> P>
    bool any_waits(const operation& op, P holds) const {
        return any([&](const operation& o) { return o.settled < op.invoked && holds(o); });
    }

private:
    std::span<const operation> all_;
    operation_set these_;
};

// A value: the state of a sequential object.
template <class M>
concept model = std::copyable<M> && std::equality_comparable<M> &&
    requires(M m, const M& c, const operation& op, const under_way& others) {
    // Whether `op` can have its result in this state; changes the state if so.
    { m.apply(op, others) } -> std::same_as<bool>;
    // Whether `op`, which has not returned, could.
    { c.can_proceed(op, others) } -> std::same_as<bool>;
};

// A model in which two operations can take effect as one.
template <class M>
concept has_meetings = requires(M m, const operation& op) {
    { m.meet(op, op) } -> std::same_as<bool>;
};

namespace detail {

template <model Model>
class linearization {
public:
    explicit linearization(std::span<const operation> all) : all_(all) {
        for (std::size_t i = 0; i != all.size(); ++i) returned_[i] = all[i].returned != never;
    }

    // Whether what is not `done` can follow from this state on.
    bool exists(operation_set done, const Model& state) {
        if (done == returned_) return all_stuck(done, state);
        if (std::ranges::find(tried_, std::pair(done, state)) != tried_.end()) return false;
        tried_.emplace_back(done, state);
        const int first_return = earliest_return(done);
        for (std::size_t i = 0; i != all_.size(); ++i) {
            if (!can_be_next(i, done, first_return)) continue;
            Model next = state;
            if (next.apply(all_[i], others(i, done)) && exists(with(done, i), next)) return true;
            if constexpr (has_meetings<Model>)
                if (exists_with_meeting(i, done, state, first_return)) return true;
        }
        return false;
    }

private:
    bool exists_with_meeting(std::size_t i, operation_set done, const Model& state,
                             int first_return) {
        for (std::size_t j = 0; j != all_.size(); ++j) {
            if (j == i || !can_be_next(j, done, first_return)) continue;
            Model next = state;
            if (next.meet(all_[i], all_[j]) && exists(with(with(done, i), j), next)) return true;
        }
        return false;
    }

    bool can_be_next(std::size_t i, operation_set done, int first_return) const {
        return returned_[i] && !done[i] && all_[i].invoked < first_return;
    }

    int earliest_return(operation_set done) const {
        int earliest = never;
        for (std::size_t i = 0; i != all_.size(); ++i)
            if (!done[i]) earliest = std::min(earliest, all_[i].returned);
        return earliest;
    }

    under_way others(std::size_t of, operation_set done) const {
        operation_set these;
        for (std::size_t i = 0; i != all_.size(); ++i)
            these[i] = i != of && !done[i] && all_[i].invoked < all_[of].returned;
        return {all_, these};
    }

    bool all_stuck(operation_set done, const Model& state) const {
        for (std::size_t i = 0; i != all_.size(); ++i)
            if (!returned_[i] && state.can_proceed(all_[i], others(i, done))) return false;
        return true;
    }

    static operation_set with(operation_set done, std::size_t i) { return done.set(i); }

    std::span<const operation> all_;
    operation_set returned_;
    std::vector<std::pair<operation_set, Model>> tried_;
};

}  // namespace detail

template <model Model>
bool linearizable(std::span<const operation> history, const Model& initial) {
    return detail::linearization<Model>(history).exists({}, initial);
}

}  // namespace explore
