#include "common/select.hpp"

#include <algorithm>

namespace braid {

namespace detail {

namespace {

// All channels of a select, locked: in the order of their addresses, so that two selects over the
// same channels never wait for each other.
class all_locked {
public:
    all_locked(std::span<select_case* const> cases, std::span<channel_base*> room) noexcept
        : locks_(room) {
        for (const select_case* c : cases)
            if (c != nullptr && c->channel != nullptr) locks_[count_++] = c->channel;
        const auto end = locks_.begin() + static_cast<std::ptrdiff_t>(count_);
        std::sort(locks_.begin(), end, std::less<>{});
        count_ = static_cast<std::size_t>(std::unique(locks_.begin(), end) - locks_.begin());
        for (std::size_t i = 0; i < count_; ++i) locks_[i]->mutex.acquire();
    }
    all_locked(const all_locked&) = delete;
    all_locked& operator=(const all_locked&) = delete;
    ~all_locked() { release(); }

    void release() noexcept {
        while (count_ > 0) locks_[--count_]->mutex.release();
    }

private:
    std::span<channel_base*> locks_;
    std::size_t count_ = 0;
};

// Blocks until a waker has chosen one of the cases, which stand in their queues; returns it.
select_case& wait(std::span<select_case* const> cases, runtime::parker& self) {
    std::vector<registry::target> targets;
    const select_case* first = nullptr;
    for (const select_case* c : cases) {
        if (c == nullptr || c->channel == nullptr) continue;
        if (first == nullptr) first = c;
        if constexpr (BRAID_LIFECYCLE)
            targets.push_back({&c->channel->subject, c->does == select_case::kind::sends
                                                         ? registry::role::receives
                                                         : registry::role::sends});
    }
    if (first == nullptr)
        self.park({"select (no case can ever proceed)",
                   !cases.empty() && cases[0] ? cases[0]->where : place{}});
    else
        self.park({"select", first->where, {}, targets});

    auto& chosen = static_cast<select_case&>(*self.winner());
    for (select_case* c : cases) {
        if (c == nullptr || c->channel == nullptr || c == &chosen) continue;  // it is out
        runtime::locked hold(c->channel->mutex);
        c->queue().remove(*c);
    }
    return chosen;
}

// Does `c` if it can proceed. True: it did, and all that is left is its handler.
bool try_alone(select_case& c, attempt& result) {
    runtime::parker* to_wake = nullptr;
    {
        runtime::locked hold(c.channel->mutex);
        result = c.try_locked(to_wake);
    }
    if (to_wake != nullptr) to_wake->unpark();
    return result != attempt::blocked;
}

}  // namespace

// First one channel at a time, in random order: the first case that can proceed is a uniform choice
// among those that can, which from a random starting point it would not be. Nothing is decided by a
// case that cannot, so it does not matter that they are looked at one after the other: `otherwise`
// needs a moment in which none can, and so does a select that is to block (SEL-8).
std::size_t select(std::span<select_case* const> cases, std::span<select_scratch> scratch,
                   std::span<channel_base*> locks) {
    runtime::parker& self = runtime::parker::current();
    const std::size_t n = cases.size();
    for (std::uint32_t i = 0; i < n; ++i) scratch[i].order = i;
    std::size_t fallback = n;
    bool of_one_moment = true;
    for (std::size_t i = 0; i < n; ++i) {
        std::swap(scratch[i].order, scratch[i + self.random_below(n - i)].order);
        const std::size_t index = scratch[i].order;
        select_case* const c = cases[index];
        if (c != nullptr && c->does == select_case::kind::is_default) fallback = index;
        if (c == nullptr || c->channel == nullptr) continue;
        scratch[i].count = c->channel->mutex.count();
        of_one_moment &= !c->channel->mutex.held();
        if (!c->may_proceed()) continue;
        attempt result;
        if (try_alone(*c, result)) {
            c->finish(result);
            return index;
        }
        of_one_moment = false;
    }
    // If no channel has been locked since it was looked at, all were like that when the last one
    // was.
    if (fallback != n && of_one_moment) {
        for (const select_scratch& s : scratch) {
            const select_case* const c = cases[s.order];
            if (c != nullptr && c->channel != nullptr)
                of_one_moment &= c->channel->mutex.count() == s.count;
        }
        if (of_one_moment) {
            cases[fallback]->finish(attempt::done);
            return fallback;
        }
    }

    all_locked held(cases, locks);
    for (const select_scratch& s : scratch) {
        select_case* const c = cases[s.order];
        if (c == nullptr || c->channel == nullptr) continue;
        runtime::parker* to_wake = nullptr;
        const attempt result = c->try_locked(to_wake);
        if (result == attempt::blocked) continue;
        held.release();
        if (to_wake != nullptr) to_wake->unpark();
        c->finish(result);
        return s.order;
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
        c->keep();
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
    std::vector<detail::channel_base*> locks(cases.size());
    return detail::select(cases, scratch, locks);
}

}  // namespace braid
