#pragma once

#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/channel.hpp"
#include "common/runtime/lock.hpp"
#include "patterns/pipeline/stage.hpp"

namespace braid::detail {

// work(job) or work(ctx, job), and what it returns is a Result; of a pool without results it is
// dropped.
template <class F, class Job>
concept works_on = requires {
    typename stage_result<F, Job>;
};
template <class F, class Job, class Result>
concept pool_work = std::copy_constructible<F> && works_on<F, Job> &&
    (std::is_void_v<Result> || std::convertible_to<stage_result<F, Job>, Result>);

// A channel of jobs that anybody may submit to and anybody may close, and the workers who receive
// from it. A channel's send that loses to the close throws, and leaves its value where it was. Here
// the answer is no, and so a job was handed over before the close, or it is still its owner's.
// snippet: job_queue
template <class Job>
class job_queue {
public:
    job_queue(std::size_t capacity, std::size_t workers, place made)
        : jobs_(make_channel<Job>(capacity, made)), workers_(workers), done_(workers) {}

    template <cancellation C, class J>
    bool submit(const C& ctx, J&& job, place where) {
        return accepted([&] { return jobs_.send(ctx, std::forward<J>(job), where); });
    }

    template <class J>
    bool try_submit(J&& job) {
        return accepted([&] { return jobs_.try_send(std::forward<J>(job)); });
    }

    // A worker's loop: work(job) for each one, until `ctx` is done, the queue is closed and empty,
    // or `work` returns false. However it ends, also by an exception, the queue is closed then. The
    // last worker to leave drops what nobody will take any more; nothing is put in behind it.
    template <cancellation C, class Work>
    void serve(const C& ctx, Work work) {
        const leaving at_the_end{*this};
        counter& mine = done_.at(entered_++);
        for (Job&& job : jobs_.until(ctx)) {
            const ending after_the_job{mine};
            if (!work(std::move(job))) return;
        }
    }

    void close() noexcept {
        runtime::locked hold(closing_);
        if (!std::exchange(closed_, true)) jobs_.close();
    }

    // How many jobs were worked on, and how many were accepted and never received.
    std::size_t done() const noexcept {
        std::size_t sum = 0;
        for (const counter& c : done_) sum += c.jobs.load(std::memory_order_acquire);
        return sum;
    }
    std::size_t dropped() const noexcept { return dropped_; }

private:
    struct leaving {
        job_queue& queue;
        ~leaving() { queue.leave(); }
    };
    // Of one worker, so that it takes no locked instruction, and on a cache line of its own.
    struct alignas(64) counter {
        std::atomic<std::size_t> jobs{0};
    };
    struct ending {
        counter& mine;
        ~ending() {
            mine.jobs.store(mine.jobs.load(std::memory_order_relaxed) + 1,
                            std::memory_order_release);
        }
    };

    void leave() noexcept {
        close();
        if (--workers_ > 0) return;
        while (jobs_.try_receive()) ++dropped_;
    }

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
    std::atomic<std::size_t> workers_;  // that have not left
    std::atomic<std::size_t> entered_{0};
    std::vector<counter> done_;
    std::atomic<std::size_t> dropped_{0};
};
// snippet end

}  // namespace braid::detail
