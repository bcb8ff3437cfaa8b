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

// What a try came to: the index of the case that was done, of which only the handler is left.
struct tried {
    std::size_t index;
    attempt result = attempt::blocked;  // none was done
    bool seen_unlocked = false;         // and no channel was locked when it was looked at
};

// One channel at a time, in random order: the first case that can proceed is a uniform choice among
// those that can, which from a random starting point it would not be.
tried try_one_by_one(std::span<select_case* const> cases, std::span<select_scratch> scratch,
                     runtime::parker& self) {
    const std::size_t n = cases.size();
    for (std::uint32_t i = 0; i < n; ++i) scratch[i].order = i;
    bool seen_unlocked = true;
    for (std::size_t i = 0; i < n; ++i) {
        std::swap(scratch[i].order, scratch[i + self.random_below(n - i)].order);
        select_case* const c = cases[scratch[i].order];
        if (c == nullptr || c->channel == nullptr) continue;
        runtime::lock& mutex = c->channel->mutex;
        scratch[i].count = mutex.count();
        seen_unlocked &= !mutex.held();
        if (!c->may_proceed()) continue;
        runtime::parker* to_wake = nullptr;
        runtime::locked hold(mutex);
        const attempt result = c->try_locked(to_wake);
        hold.release();
        if (to_wake != nullptr) to_wake->unpark();
        if (result != attempt::blocked) return {scratch[i].order, result};
        seen_unlocked = false;
    }
    return {n, attempt::blocked, seen_unlocked};
}

// Whether nobody has locked a channel since it was looked at: then they were all like that at the
// same time.
bool unchanged(std::span<select_case* const> cases, std::span<const select_scratch> scratch) {
    return std::ranges::all_of(scratch, [&](const select_scratch& s) {
        const select_case* const c = cases[s.order];
        return c == nullptr || c->channel == nullptr || c->channel->mutex.count() == s.count;
    });
}

// In the same order, with all channels locked; they are released if one case was done.
tried try_all(std::span<select_case* const> cases, std::span<select_scratch> scratch,
              all_locked& held) {
    for (const select_scratch& s : scratch) {
        select_case* const c = cases[s.order];
        if (c == nullptr || c->channel == nullptr) continue;
        runtime::parker* to_wake = nullptr;
        const attempt result = c->try_locked(to_wake);
        if (result == attempt::blocked) continue;
        held.release();
        if (to_wake != nullptr) to_wake->unpark();
        return {s.order, result};
    }
    return {cases.size()};
}

}  // namespace

// A case that can proceed may be done whatever the others can. But `otherwise`, and a select that
// is to block, need a moment in which none can (SEL-8): one in which all channels are locked, or
// have been seen as they were between two locks.
std::size_t select(std::span<select_case* const> cases, std::span<select_scratch> scratch,
                   std::span<channel_base*> locks) {
    const auto done = [&](const tried& t) {
        cases[t.index]->finish(t.result);
        return t.index;
    };
    const auto fallback = static_cast<std::size_t>(
        std::ranges::find_if(cases,
                             [](const select_case* c) {
                                 return c != nullptr && c->does == select_case::kind::is_default;
                             }) -
        cases.begin());
    const bool blocks = fallback == cases.size();
    const tried otherwise{fallback, attempt::done};

    runtime::parker& self = runtime::parker::current();
    const tried first = try_one_by_one(cases, scratch, self);
    if (first.result != attempt::blocked) return done(first);
    if (!blocks && first.seen_unlocked && unchanged(cases, scratch)) return done(otherwise);

    all_locked held(cases, locks);
    const tried second = try_all(cases, scratch, held);
    if (second.result != attempt::blocked) return done(second);
    if (!blocks) {
        held.release();
        return done(otherwise);
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
