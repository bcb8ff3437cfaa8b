#pragma once

#include <algorithm>

#include "common/timer.hpp"

namespace braid {

// Lets `burst` through at once, and then one each `interval`: a bucket of tokens (BX-7).
//
//     rate_limiter limit(10ms, 5);  // 100 a second, and 5 after a pause
//     while (limit.wait(ctx)) ...
//
// Before submit it slows down the one who submits; in the job, the pool, or several pools. Without
// a burst a ticker does the same: `while (tick.receive(ctx))`.
//
// First come, first served; a wait that was cancelled has used nothing up. No task fills the
// bucket: what has come since is worked out by the one whose turn it is.
// snippet: rate_limiter
class rate_limiter {
public:
    // Throws std::invalid_argument if `interval` <= 0 or `burst` is 0.
    template <class Rep, class Period>
    explicit rate_limiter(std::chrono::duration<Rep, Period> interval, std::size_t burst = 1,
                          place made = place::here())
        : interval_(runtime::ticks(interval)),
          burst_(burst),
          tokens_(burst),
          turn_(make_channel<unit>(1, made)) {
        if (interval_ <= interval_.zero() || burst == 0)
            throw std::invalid_argument("rate_limiter: nothing would ever get through");
    }

    // Blocks until there is a token, and takes it. False if `ctx` is done: it wins over a token.
    template <cancellation C>
    [[nodiscard("false: cancelled, go no further")]] bool wait(const C& ctx,
                                                               place where = place::here()) {
        if (!turn_.send(ctx, unit{}, where)) return false;
        const turn_over at_the_end{turn_};
        while (!take())
            if (!after(next_ - clock::now()).receive(ctx, where)) return false;
        return true;
    }

    // Does not block: false if there is no token, or somebody waits for one.
    [[nodiscard("false: not now")]] bool try_take() {
        if (!turn_.try_send(unit{})) return false;
        const turn_over at_the_end{turn_};
        return take();
    }

private:
    using clock = std::chrono::steady_clock;

    struct turn_over {
        const channel<unit>& turn;
        ~turn_over() { turn.receive(); }
    };

    bool take() {
        const time_point now = clock::now();
        if (tokens_ < burst_ && now >= next_) {
            const auto came = (now - next_) / interval_ + 1;
            tokens_ += std::min(burst_ - tokens_, static_cast<std::size_t>(came));
            next_ += came * interval_;
        }
        if (tokens_ == 0) return false;
        if (tokens_-- == burst_) next_ = runtime::deadline_after(interval_);
        return true;
    }

    const time_point::duration interval_;
    const std::size_t burst_;
    std::size_t tokens_;        // this and the next: for the one whose turn it is
    time_point next_;           // when the next token comes, while the bucket is not full
    const channel<unit> turn_;  // holds a value while it is somebody's turn
};
// snippet end

}  // namespace braid
