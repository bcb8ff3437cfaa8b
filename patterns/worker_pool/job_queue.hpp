#pragma once

#include <cstddef>
#include <utility>

#include "common/channel.hpp"
#include "common/runtime/lock.hpp"

namespace braid::detail {

// A channel of jobs that anybody may submit to and anybody may close. A channel's send that loses
// to the close throws, and leaves its value where it was. Here the answer is no, and so a job was
// handed over before the close, or it is still its owner's.
// snippet: job_queue
template <class Job>
class job_queue {
public:
    job_queue(std::size_t capacity, place made) : jobs_(make_channel<Job>(capacity, made)) {}

    template <cancellation C, class J>
    bool submit(const C& ctx, J&& job, place where) {
        return accepted([&] { return jobs_.send(ctx, std::forward<J>(job), where); });
    }

    template <class J>
    bool try_submit(J&& job) {
        return accepted([&] { return jobs_.try_send(std::forward<J>(job)); });
    }

    // A worker's loop; it ends when `ctx` is done, or when the queue is closed and empty.
    template <cancellation C>
    auto until(const C& ctx) {
        return jobs_.until(ctx);
    }

    void close() noexcept {
        runtime::locked hold(closing_);
        if (!std::exchange(closed_, true)) jobs_.close();
    }

    // Of a closed queue that no worker looks at any more: how many jobs were still in it.
    std::size_t clear() noexcept {
        std::size_t dropped = 0;
        while (jobs_.try_receive()) ++dropped;
        return dropped;
    }

private:
    template <class Send>
    static bool accepted(Send send) {
        try {
            return send();
        } catch (const closed_channel&) {
            return false;
        }
    }

    const channel<Job> jobs_;
    runtime::lock closing_;
    bool closed_ = false;
};
// snippet end

}  // namespace braid::detail
