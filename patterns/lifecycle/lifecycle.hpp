#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <utility>

#include "common/output.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "patterns/context/context.hpp"

// Every task has an owner, who can stop it and waits for it: service, and for the task that most
// services are, every. (What is alive, and what it waits for, is told by common/lifecycle.hpp.)
namespace braid {

// Owns one task, f(ctx), which runs until it returns or is told to stop.
//
//     progress seen;
//     service monitor(ctx, [&](const context& ctx) {
//         every(ctx, 1s, [&] { print(seen); });
//     });
//
// Invariants:
//   I1  Whoever starts a task knows how it stops: f returns soon after ctx is done.
//   I2  The owner stops its task, and then waits for it: no task outlives its service.
//   I3  What a task uses by reference outlives its owner: it is declared before the service. A
//       service that is a member, and uses others, is the last one.
//   I4  done() is closed by the last thing that the task does, however it ends, when what f holds
//       is destroyed already.
//
// One who owns several stops them at once and waits for them one after the other, or leaves it to
// their destructors: the one that was started last, which may use the others, stops first.
//
// Memory ordering: all that f did happens before the return of wait, and before a receive from
// done() that reports the close.
// snippet: service
class [[nodiscard("a service that is not kept is stopped at once")]] service {
public:
    // Starts f under a child of `parent`: when that is done, the task is told to stop as well.
    template <std::invocable<const context&> F>
    service(const task_options& options, const context& parent, F f, place where = place::here())
        : ctx_(with_cancel(parent, where)) {
        const auto done = make_channel<unit>(0, where);
        done_ = done;
        auto body = [f = std::move(f), ctx = ctx_.get(), end = output<unit>(done)]() mutable {
            const output<unit> closed_last = std::move(end);
            F run = std::move(f);  // I4: destroyed before the channel is closed
            std::invoke(run, std::as_const(ctx));
        };
        task_ = go(options, std::move(body), where);
    }
    template <std::invocable<const context&> F>
    service(const context& parent, F f, place where = place::here())
        : service(task_options{}, parent, std::move(f), where) {}

    service(service &&) noexcept = default;
    service& operator=(service&&) noexcept = default;  // stops and waits for what was here
    ~service() { stop(); }                             // and ~task waits: I2

    // Tells the task to stop, and does not wait. From any task, any number of times.
    void stop() noexcept { ctx_.cancel(); }

    // Waits for the end of the task, which somebody has to stop, or which ends by itself. Rethrows,
    // once, what left f; an exception that no wait has rethrown ends the process with its text, as
    // with every task. For the owner: others wait for done().
    void wait(place where = place::here()) {
        if (task_.joinable()) task_.join(where);
    }

    // Closed when the task has ended: for a select, or to wait with a timeout.
    const receiver<unit>& done() const noexcept { return done_; }

private:
    scoped_context ctx_;
    receiver<unit> done_;
    task task_;  // the last: it is waited for while the others are there
};
// snippet end

// Calls f() every `period`, for the first time after one, until ctx is done. It leaves no ticker
// behind, however it ends: also when f throws. Calls that are late are dropped, not made up for: an
// f that takes longer than a period is called again at once, but never by two at a time.
// Throws std::invalid_argument if `period` <= 0 (TM-4).
// snippet: every
template <class Rep, class Period, std::invocable F>
void every(const context& ctx, std::chrono::duration<Rep, Period> period, F f,
           place where = place::here()) {
    const ticker ticks(period, where);
    while (ticks.receive(ctx, where)) f();
}
// snippet end

}  // namespace braid
