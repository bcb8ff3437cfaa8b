#pragma once

#include <memory>

#include "common/channel.hpp"

namespace braid {

// The sending end of a channel, owned: when the last copy goes, the channel is closed. So "the
// sender closes, once, when all have sent" holds by itself, also for several senders, and also for
// one that ends by an exception. A stage gives a copy to each of its tasks and keeps none.
//
// Nobody else may close the channel: a second close would end the process.
template <class T>
class output {
public:
    explicit output(sender<T> to) : shared_(std::make_shared<closer>(std::move(to))) {}

    // As sender::send. The form without a context is left out: a stage that can only be stopped by
    // its reader is how pipelines leak.
    template <cancellation C>
    [[nodiscard("false: cancelled, the value was not sent")]] bool send(
        const C& ctx, T&& value, place where = place::here()) const {
        return shared_->to.send(ctx, std::move(value), where);
    }
    template <cancellation C>
    [[nodiscard("false: cancelled, the value was not sent")]] bool send(
        const C& ctx, const T& value, place where = place::here()) const {
        return shared_->to.send(ctx, value, where);
    }

    // For a select.
    const sender<T>& to() const noexcept { return shared_->to; }

private:
    struct closer {
        explicit closer(sender<T> s) : to(std::move(s)) {}
        closer(const closer&) = delete;
        closer& operator=(const closer&) = delete;
        ~closer() { to.close(); }
        const sender<T> to;
    };
    std::shared_ptr<closer> shared_;
};

}  // namespace braid
