#include "common/timer.hpp"

namespace braid::detail {

// A channel of capacity 1 with the clock as its only sender.
class timer_state final : public channel_state<time_point>, public clock::timed {
public:
    timer_state(std::string_view kind, place made) : channel_state<time_point>(1, kind, made) {}

    std::size_t size() const noexcept override { return 0; }
    std::size_t capacity() const noexcept override { return 0; }

    bool arm(const std::shared_ptr<timer_state>& self, time_point first,
             time_point::duration period) {
        runtime::locked hold(mutex);
        const bool was_active = disarm_locked();
        armed_ = true;
        next_ = first;
        period_ = period;
        if (first != time_point::max()) clock::schedule(self, first);
        return was_active;
    }

    bool disarm() {
        runtime::locked hold(mutex);
        return disarm_locked();
    }

    void due(time_point when) noexcept override {
        runtime::parker* to_wake = nullptr;
        {
            runtime::locked hold(mutex);
            if (!armed_ || when != next_) return;  // stopped or reset in the last moment
            armed_ = period_ > period_.zero();
            if (armed_) {
                // Late by several periods: those ticks are lost (TM-3).
                const auto late = std::chrono::steady_clock::now() - when;
                next_ += period_ * (1 + late / period_);
                clock::schedule(shared_from_this(), next_);
            }
            send_locked(when, to_wake);  // dropped if one is unread
        }
        if (to_wake != nullptr) to_wake->unpark();
    }

private:
    bool disarm_locked() {
        clock::cancel(*this);
        runtime::parker* nobody = nullptr;
        std::optional<time_point> stale;
        const bool unread = receive_locked(stale, nobody) == attempt::done;
        return std::exchange(armed_, false) || unread;
    }

    // All under the channel's lock, which is taken before the agenda's.
    bool armed_ = false;
    time_point next_{};
    time_point::duration period_{};
};

clock_receiver::clock_receiver(std::string_view kind, place made)
    : receiver<time_point>(std::make_shared<timer_state>(kind, made)) {}

namespace {

std::shared_ptr<timer_state> timer_of(const receiver<time_point>& handle) {
    if (!handle) throw std::logic_error("timer: stop or reset of an uninitialized timer");
    return std::static_pointer_cast<timer_state>(handle.state());
}

}  // namespace

bool clock_receiver::arm(time_point first, time_point::duration period) const {
    const auto state = timer_of(*this);
    return state->arm(state, first, period);
}

bool clock_receiver::disarm() const { return timer_of(*this)->disarm(); }

}  // namespace braid::detail
