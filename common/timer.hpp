#pragma once

#include <stdexcept>

#include "common/channel.hpp"
#include "common/runtime/clock.hpp"

// Receivers that deliver at a point in time, on the monotonic clock. The value is the time that was
// due, not the time it is read (TM-2). Durations are of any type; they round up and saturate.
//
// A timer channel counts as unbuffered: its size and capacity are 0 (TM-5). Dropping the last
// handle cancels it, so a timer in a loop leaks nothing (TM-8).
namespace braid {

using time_point = runtime::time_point;

namespace detail {

class timer_state;

// What timer and ticker share: a receiver whose channel can be armed and disarmed.
class clock_receiver : public receiver<time_point> {
protected:
    clock_receiver() noexcept = default;
    clock_receiver(std::string_view kind, place made);

    // Both: true if a firing was still due, or had not been received yet (TM-6). Afterwards nothing
    // from before can be received.
    bool arm(time_point first, runtime::time_point::duration period) const;
    bool disarm() const;
};

}  // namespace detail

// Delivers once, `d` after it was made; at once if `d` <= 0 (TM-1).
// stop and reset throw std::logic_error on a default-constructed timer (TM-10).
class timer : public detail::clock_receiver {
public:
    timer() noexcept = default;
    template <class Rep, class Period>
    explicit timer(std::chrono::duration<Rep, Period> d, place made = place::here())
        : clock_receiver("timer", made) {
        reset(d);
    }

    // It will not deliver. True if it would have (TM-6).
    bool stop() const { return disarm(); }

    // Delivers `d` from now, and not what was due before. Returns as stop.
    template <class Rep, class Period>
    bool reset(std::chrono::duration<Rep, Period> d) const {
        return arm(runtime::deadline_after(d), time_point::duration::zero());
    }
};

// Delivers every `d`. Ticks that nobody has received are dropped: at most one waits (TM-3).
// Throws std::invalid_argument if `d` <= 0 (TM-4). Stopping does not close the channel.
class ticker : public detail::clock_receiver {
public:
    ticker() noexcept = default;
    template <class Rep, class Period>
    explicit ticker(std::chrono::duration<Rep, Period> d, place made = place::here())
        : clock_receiver("ticker", made) {
        reset(d);
    }

    // No more ticks.
    void stop() const {
        if (*this) disarm();  // Go ignores the stop of a zero ticker, and so do we (TM-10)
    }

    // Delivers every `d` from now on. Throws as the constructor.
    template <class Rep, class Period>
    void reset(std::chrono::duration<Rep, Period> d) const {
        if (d <= d.zero()) throw std::invalid_argument("ticker: the interval must be positive");
        arm(runtime::deadline_after(d), runtime::ticks(d));
    }
};

// The short form of a timer that nobody stops: it is cancelled when its handle goes.
template <class Rep, class Period>
receiver<time_point> after(std::chrono::duration<Rep, Period> d, place made = place::here()) {
    return timer(d, made);
}

}  // namespace braid
