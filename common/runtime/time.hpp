#pragma once

#include <chrono>

namespace braid::runtime {

using time_point = std::chrono::steady_clock::time_point;

// The moment `d` from now: rounded up to the clock's tick, and saturated, so that a duration of
// any type means what it says (an hour as double, hours::max(), a negative one).
template <class Rep, class Period>
time_point deadline_after(std::chrono::duration<Rep, Period> d) noexcept {
    using clock = std::chrono::steady_clock;
    using seconds = std::chrono::duration<double>;
    const time_point now = clock::now();
    if (d <= d.zero()) return now;
    if (std::chrono::duration_cast<seconds>(d) >= seconds(time_point::max() - now))
        return time_point::max();
    return now + std::chrono::ceil<clock::duration>(d);
}

}  // namespace braid::runtime
