#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "tests/explore/braid/linearizability.hpp"

namespace explore {

// What can be done with two channels, a and b, and a context. Everything but close and cancel is
// seen as a select: of one case or two, with a default or without.
namespace channel_kinds {

struct side {
    std::size_t on;
    bool sends;
};
struct kind {
    std::string_view name;
    int count;  // of cases
    std::array<side, 2> sides{};
    bool blocks = true;
    bool under = false;  // the context
};

inline constexpr side to_a{0, true}, from_a{0, false}, to_b{1, true}, from_b{1, false};
inline constexpr std::array<kind, 19> all{{
    {"send", 1, {to_a}},
    {"receive", 1, {from_a}},
    {"try_send", 1, {to_a}, false},
    {"try_receive", 1, {from_a}, false},
    {"send_b", 1, {to_b}},
    {"receive_b", 1, {from_b}},
    {"try_send_b", 1, {to_b}, false},
    {"try_receive_b", 1, {from_b}, false},
    {"receive_either", 2, {from_a, from_b}},
    {"send_or_receive", 2, {to_a, from_b}},
    {"receive_or_send", 2, {from_a, to_b}},
    {"receive_either_or_not", 2, {from_a, from_b}, false},
    {"send_or_receive_or_not", 2, {to_a, from_b}, false},
    {"receive_or_send_or_not", 2, {from_a, to_b}, false},
    {"send_under", 1, {to_a}, true, true},
    {"receive_under", 1, {from_a}, true, true},
    {"close", 0},
    {"close_b", 0},
    {"cancel", 0},
}};

}  // namespace channel_kinds

// The channels as sequential objects.
class channel_model {
public:
    // In the order of the table above.
    enum what {
        send,
        receive,
        try_send,
        try_receive,
        send_b,
        receive_b,
        try_send_b,
        try_receive_b,
        receive_either,
        send_or_receive,
        receive_or_send,
        receive_either_or_not,
        send_or_receive_or_not,
        receive_or_send_or_not,
        send_under,
        receive_under,
        close,
        close_b,
        cancel,
    };

    static constexpr auto names = [] {
        std::array<std::string_view, channel_kinds::all.size()> names;
        std::ranges::transform(channel_kinds::all, names.begin(), &channel_kinds::kind::name);
        return names;
    }();

    // Results. A receive has a value greater than 0.
    static constexpr int done = 0, closed = -1, would_block = -2, canceled = -3;

    explicit channel_model(int capacity) {
        for (channel& c : channels_) c.capacity = capacity;
    }

    bool apply(const operation& op, const under_way& others) {
        switch (op.what) {
            case close:
            case close_b: {
                channel& c = channels_[op.what == close ? 0 : 1];
                return std::exchange(c.closed, true) == (op.result == closed);
            }
            case cancel:
                canceled_by_ = std::min(canceled_by_, op.returned);
                return true;
            default:
                return apply_select(op, others);
        }
    }

    // A value goes from hand to hand where there is no buffer. One of the two has waited for it.
    bool meet(const operation& from, const operation& to) {
        const kind& sender = kind_of(from);
        const kind& receiver = kind_of(to);
        if (from.choice >= sender.count || to.choice >= receiver.count) return false;
        const side& out = sender.sides[static_cast<std::size_t>(from.choice)];
        const side& in = receiver.sides[static_cast<std::size_t>(to.choice)];
        const channel& c = channels_[out.on];
        return out.sends && !in.sends && out.on == in.on && from.result == done &&
               to.result == from.argument && c.capacity == 0 && !c.closed &&
               (sender.blocks || receiver.blocks) && !was_canceled(from) && !was_canceled(to);
    }

    bool can_proceed(const operation& op, const under_way& others) const {
        const kind& k = kind_of(op);
        return k.count == 0 || (k.under && canceled_by_ != never) ||
               any_case(k, [&](const side& mine) {
                   return ready(mine) ||
                          others.any([&](const operation& o) { return meets(mine, o); });
               });
    }

    bool operator==(const channel_model&) const = default;

private:
    struct channel {
        int capacity = 0;
        int size = 0;
        std::array<int, 2> values{};  // the oldest first; 0 beyond the size
        bool closed = false;
        bool operator==(const channel&) const = default;
    };
    using side = channel_kinds::side;
    using kind = channel_kinds::kind;

    static constexpr const kind& kind_of(const operation& op) {
        return channel_kinds::all[static_cast<std::size_t>(op.what)];
    }

    template <std::predicate<const side&> P>
    static bool any_case(const kind& k, P holds) {
        return std::any_of(k.sides.begin(), k.sides.begin() + k.count, holds);
    }

    bool apply_select(const operation& op, const under_way& others) {
        const kind& k = kind_of(op);
        if (op.result == canceled) return k.under && canceled_by_ != never;
        if (was_canceled(op)) return false;
        if (op.result == would_block) return !k.blocks && !any_ready(op, others);
        const side& chosen = k.sides[static_cast<std::size_t>(op.choice)];
        channel& c = channels_[chosen.on];
        return chosen.sends ? apply_send(c, op) : apply_receive(c, op, k.under);
    }

    static bool apply_send(channel& c, const operation& op) {
        if (c.closed) return op.result == closed;
        if (op.result != done || c.size == c.capacity) return false;
        c.values[static_cast<std::size_t>(c.size++)] = op.argument;
        return true;
    }

    bool apply_receive(channel& c, const operation& op, bool under) {
        if (c.size == 0)  // who cancels and then closes is not seen to close only
            return c.closed && op.result == closed && !(under && canceled_by_ != never);
        if (op.result != c.values[0]) return false;
        c.values = {c.values[1], 0};
        --c.size;
        return true;
    }

    // The end of a context wins over a channel that is ready, if it comes before the operation.
    bool was_canceled(const operation& op) const {
        return kind_of(op).under && canceled_by_ < op.invoked;
    }

    bool ready(const side& s) const {
        const channel& c = channels_[s.on];
        return c.closed || (s.sends ? c.size < c.capacity : c.size > 0);
    }

    // A partner that is under way need not have come to the channel yet; one that waits has.
    bool any_ready(const operation& op, const under_way& others) const {
        return any_case(kind_of(op), [&](const side& mine) {
            return ready(mine) ||
                   others.any_waits(op, [&](const operation& o) { return meets(mine, o); });
        });
    }

    static bool meets(const side& mine, const operation& other) {
        const kind& k = kind_of(other);
        return k.blocks && any_case(k, [&](const side& theirs) {
                   return theirs.on == mine.on && theirs.sends != mine.sends;
               });
    }

    std::array<channel, 2> channels_;
    int canceled_by_ = never;  // the first return of a cancel that has taken effect
};

}  // namespace explore
