#pragma once

#include "patterns/worker_pool/job_queue.hpp"

namespace braid {

struct pool_options {
    std::size_t workers = 1;
    std::size_t queue = 0;       // how many accepted jobs may wait for a worker
    std::size_t results = 0;     // how many results may wait for their receiver
    std::string_view name = {};  // of the workers, for the reports; else "worker"
};

// A fixed number of workers, a bounded queue of jobs in front of them, and two ways to end.
//
//     worker_pool<fs::path, packed> pool(ctx, {.workers = 4, .queue = 16}, pack);
//     if (!pool.submit(ctx, path)) ...                // blocks while the queue is full
//     for (packed p : pool.results()) total.add(p);   // in another task than the one that submits
//     pool.drain();                                   // or pool.stop()
//
// Invariants:
//   I1  Every job that was accepted is done or dropped, once: when the pool has ended,
//       accepted = done + dropped. One that was refused is still its owner's.
//   I2  Whether a submit or the close came first is decided under one lock, that of the queue. So
//       no job comes in behind the last worker.
//   I3  At most `workers` jobs are at work and `queue` more accepted: then submit waits.
//   I4  drain returns when no job waits *and* none is at work. Nothing is dropped, unless the pool
//       is stopped meanwhile.
//   I5  stop begins no job any more and cancels the context of those at work, but it waits for
//       them: no job outlives its pool.
//   I6  A job does not wait for its own pool: neither for the result of a job that it submits, nor
//       for room in the queue, nor for drain or stop.
//   I7  Workers share nothing but the channels. Each has its own copy of `work`; what that refers
//       to is shared by all, and is theirs to protect. Results go through results().
//
// An exception that leaves `work` is a failure of the pool, as in an error_group: the first one
// stops it, and drain and stop rethrow it. A failure that concerns one job only is caught in
// `work`, and told in its result.
//
// The pool also stops when `ctx` is done; a submit that is blocked under another context returns
// when the first worker has left. The destructor stops the pool and waits: what `work` uses by
// reference is declared before it. A failure that was never rethrown then ends the process.
//
// Memory ordering: submit happens before the start of its job, that before the receive of its
// result, and all that the jobs did before the return of drain and stop.
// snippet: worker_pool
template <class Job, class Result = void>
class worker_pool {
public:
    // Throws std::invalid_argument for 0 workers, and what error_group::go throws.
    template <detail::pool_work<Job, Result> F>
    worker_pool(const context& ctx, const pool_options& options, F work, place made = place::here())
        : jobs_(options.queue, options.workers, made),
          run_(with_cancel(ctx, made)),
          group_(run_, made) {
        if (options.workers == 0) throw std::invalid_argument("worker_pool: 0 workers do nothing");
        const auto results = make_channel<element>(options.results, made);
        results_ = results;
        const output<element> out(results);  // each worker has a copy: the last one closes it
        auto worker = [this, work = std::move(work), out](const context& under) mutable {
            jobs_.serve(under, [&](Job&& job) {
                if constexpr (std::is_void_v<Result>) {
                    detail::apply(under, work, std::move(job));
                    return true;
                } else {
                    return out.send(under, Result(detail::apply(under, work, std::move(job))));
                }
            });
        };
        const task_options named{.name = options.name.empty() ? "worker" : options.name};
        for (std::size_t i = 0; i < options.workers; ++i) group_.go(named, worker, made);
    }

    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;
    ~worker_pool() { close(); }  // no job comes in while the group cancels, and waits

    // Hands a job over, and blocks while there is no room for it (I3). False, and the job stays
    // where it is, if `ctx` is done or the pool takes no more.
    template <cancellation C, std::convertible_to<Job> J = Job>
    [[nodiscard("false: the job was not accepted")]] bool submit(const C& ctx, J&& job,
                                                                 place where = place::here()) {
        return !group_.ctx().err() && jobs_.submit(ctx, std::forward<J>(job), where);
    }

    // The same, but false at once if submit would block.
    template <std::convertible_to<Job> J = Job>
    [[nodiscard("false: the job was not accepted")]] bool try_submit(J&& job) {
        return !group_.ctx().err() && jobs_.try_submit(std::forward<J>(job));
    }

    // As they are ready; closed when the last worker has left. A job whose result nobody takes
    // occupies its worker, so drain is not for the one who is to receive them.
    const auto& results() const noexcept requires(!std::is_void_v<Result>) { return results_; }

    // Takes no more jobs, and returns at once. The ones that were accepted go on. Idempotent.
    void close() noexcept { jobs_.close(); }

    // Graceful: closes, and returns when all accepted jobs are done (I4).
    // Immediate: closes, cancels, drops what waits, and returns when the jobs at work have ended.
    // Both from any task but the pool's own, also both at once, and rethrow the first failure. They
    // return how many jobs were dropped: after a drain that nobody cut short, 0.
    std::size_t drain(place where = place::here()) {
        close();
        group_.wait(where);
        return dropped();
    }
    std::size_t stop(place where = place::here()) {
        run_.cancel();
        return drain(where);
    }

    // How many jobs have ended, also by an exception, and how many were dropped. A job with a
    // result has ended when that was received, or the pool was stopped before.
    std::size_t done() const noexcept { return jobs_.done(); }
    std::size_t dropped() const noexcept { return jobs_.dropped(); }

private:
    using element = std::conditional_t<std::is_void_v<Result>, unit, Result>;

    detail::job_queue<Job> jobs_;
    receiver<element> results_;
    scoped_context run_;
    error_group group_;  // last: the others outlive the workers
};
// snippet end

}  // namespace braid
