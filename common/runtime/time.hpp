#pragma once

#include <chrono>

namespace braid::runtime {

using time_point = std::chrono::steady_clock::time_point;

// `d` in the clock's ticks: rounded up and saturated, so that a duration of any type means what it
// says (an hour as double, hours::max(), a negative one).
template <class Rep, class Period>
time_point::duration ticks(std::chrono::duration<Rep, Period> d) noexcept {
    using seconds = std::chrono::duration<double>;
    using std::chrono::duration_cast;
    if (duration_cast<seconds>(d) >= duration_cast<seconds>(time_point::duration::max()))
        return time_point::duration::max();
    return d <= d.zero() ? time_point::duration::zero()
                         : std::chrono::ceil<time_point::duration>(d);
}

// The moment `d` from now, saturated.
template <class Rep, class Period>
time_point deadline_after(std::chrono::duration<Rep, Period> d) noexcept {
    const time_point now = std::chrono::steady_clock::now();
    const time_point::duration wait = ticks(d);
    return wait >= time_point::max() - now ? time_point::max() : now + wait;
}

}  // namespace braid::runtime
