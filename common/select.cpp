#include "common/select.hpp"

#include <algorithm>

namespace braid {

namespace detail {

namespace {

// All channels of a select, locked: in the order of their addresses, so that two selects over the
// same channels never wait for each other.
class all_locked {
public:
    all_locked(std::span<select_case* const> cases, std::span<select_scratch> scratch) noexcept
        : scratch_(scratch) {
        for (const select_case* c : cases)
            if (c != nullptr && c->channel != nullptr) scratch_[count_++].lock = c->channel;
        const auto end = scratch_.begin() + static_cast<std::ptrdiff_t>(count_);
        std::sort(scratch_.begin(), end, [](const select_scratch& a, const select_scratch& b) {
            return std::less<>{}(a.lock, b.lock);
        });
        const auto last = std::unique(
            scratch_.begin(), end,
            [](const select_scratch& a, const select_scratch& b) { return a.lock == b.lock; });
        count_ = static_cast<std::size_t>(last - scratch_.begin());
        for (std::size_t i = 0; i < count_; ++i) scratch_[i].lock->mutex.acquire();
    }
    all_locked(const all_locked&) = delete;
    all_locked& operator=(const all_locked&) = delete;
    ~all_locked() { release(); }

    void release() noexcept {
        while (count_ > 0) scratch_[--count_].lock->mutex.release();
    }

private:
    std::span<select_scratch> scratch_;
    std::size_t count_ = 0;
};

// Blocks until a waker has chosen one of the cases, which stand in their queues; returns it.
select_case& wait(std::span<select_case* const> cases, runtime::parker& self) {
    std::vector<registry::target> targets;
    const select_case* first = nullptr;
    for (const select_case* c : cases) {
        if (c == nullptr || c->channel == nullptr) continue;
        if (first == nullptr) first = c;
        if constexpr (BRAID_LIFECYCLE) targets.push_back({&c->channel->subject, c->served_by()});
    }
    if (first == nullptr)
        self.park({"select (no case can ever proceed)",
                   !cases.empty() && cases[0] ? cases[0]->where : place{}});
    else
        self.park({"select", first->where, {}, targets});

    for (select_case* c : cases) {
        if (c == nullptr || c->channel == nullptr) continue;
        runtime::locked hold(c->channel->mutex);
        c->queue().remove(*c);
    }
    return static_cast<select_case&>(*self.winner());
}

}  // namespace

std::size_t select(std::span<select_case* const> cases, std::span<select_scratch> scratch) {
    runtime::parker& self = runtime::parker::current();
    all_locked held(cases, scratch);

    // A random permutation, made as far as it is needed: the first case in it that is ready is a
    // uniform choice among those that are, which a random starting point would not be.
    const std::size_t n = cases.size();
    for (std::size_t i = 0; i < n; ++i) scratch[i].order = i;
    std::size_t fallback = n;
    for (std::size_t i = 0; i < n; ++i) {
        std::swap(scratch[i].order, scratch[i + self.random_below(n - i)].order);
        const std::size_t index = scratch[i].order;
        select_case* const c = cases[index];
        if (c != nullptr && c->is_default) fallback = index;
        if (c == nullptr || c->channel == nullptr) continue;

        runtime::parker* to_wake = nullptr;
        const attempt result = c->try_locked(to_wake);
        if (result == attempt::blocked) continue;
        held.release();
        if (to_wake != nullptr) to_wake->unpark();
        c->finish(result);
        return index;
    }

    if (fallback != n) {
        held.release();
        cases[fallback]->finish(attempt::done);
        return fallback;
    }

    // Queued up in that random order too: of two cases in one queue the first would always be
    // served.
    const runtime::ticket turn = self.open();
    for (const select_scratch& s : scratch) {
        select_case* const c = cases[s.order];
        if (c == nullptr || c->channel == nullptr) continue;
        c->who = &self;
        c->turn = turn;
        c->queue().push_back(*c);
    }
    held.release();
    select_case& chosen = wait(cases, self);
    chosen.finish(chosen.served ? attempt::done : attempt::closed);
    return static_cast<std::size_t>(std::ranges::find(cases, &chosen) - cases.begin());
}

}  // namespace detail

std::size_t select(select_list& list) {
    if (std::exchange(list.used_, true))
        throw std::logic_error("select: this list was used; make a new one for each select");
    std::vector<detail::select_case*> cases;
    for (const auto& c : list.cases_) cases.push_back(c.get());
    std::vector<detail::select_scratch> scratch(cases.size());
    return detail::select(cases, scratch);
}

}  // namespace braid
