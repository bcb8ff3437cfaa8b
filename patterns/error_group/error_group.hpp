#pragma once

#include <exception>
#include <optional>

#include "patterns/context/context.hpp"
#include "patterns/wait_group/wait_group.hpp"

namespace braid {

// Runs tasks that can fail: waits for all, keeps the first failure, cancels the rest.
//
//     error_group group(ctx);
//     for (auto& file : files) group.go([&](const context& ctx) { parse(ctx, file); });
//     group.wait();  // rethrows the first failure
//
// A failure is an exception that leaves a task. Invariants:
//   I1  The first failure, by time, is the one that wait rethrows; later ones are dropped (EG-1).
//   I2  The group's context is done after the first failure, which is its cause, or after wait
//       (EG-2, EG-3). A task's failure stops nobody who does not look at that context (EG-4).
//   I3  wait returns after the end of every task, failed or not (EG-4).
//   I4  At most `limit` tasks run at a time (EG-5).
//
// The group owns its tasks: a group that was not waited for is cancelled by its destructor, which
// then waits; what the tasks hold by reference is declared before it. A failure that no wait has
// rethrown ends the process with its text, unless another exception is in flight.
//
// Go's errgroup lets a panic end the process (EG-9: it tried to pass panics on and withdrew that).
// In C++ an exception is how a function fails, so it takes the place of Go's error here.
//
// Memory ordering: all that the tasks did happens before the return of wait.
// snippet: error_group
class error_group {
public:
    // Without a context nothing is cancelled, and the group can be used again after wait.
    explicit error_group(place made = place::here()) noexcept : tasks_(made) {}

    // The tasks run under a child of `parent`: ctx().
    explicit error_group(const context& parent, place made = place::here())
        : own_(with_cancel(parent, made)), tasks_(made) {}

    error_group(const error_group&) = delete;
    error_group& operator=(const error_group&) = delete;
    ~error_group();

    // At most `n` tasks at a time; fewer than 0: no limit; 0: none can start (EG-5).
    // Throws std::logic_error while tasks of the group are active (EG-7, EG-8).
    void set_limit(std::ptrdiff_t n, place made = place::here());

    // Starts f(), or f(ctx()), as a task of the group. Blocks while the limit is reached.
    template <class F>
    void go(const task_options& options, F f, place where = place::here()) {
        auto body = bind(std::move(f));
        if (limited_) slots_.send(unit{}, where);
        start(options, std::move(body), where);
    }
    template <class F>
    void go(F f, place where = place::here()) {
        go(task_options{}, std::move(f), where);
    }

    // The same, but false, with nothing started, if it would block (EG-6).
    template <class F>
    [[nodiscard("false: the task was not started")]] bool try_go(F f, place where = place::here()) {
        auto body = bind(std::move(f));
        if (limited_ && !slots_.try_send(unit{})) return false;
        start({}, std::move(body), where);
        return true;
    }

    // Blocks until all tasks have ended, cancels ctx(), and rethrows the first failure: each time,
    // and also after a later round.
    void wait(place where = place::here());

    // The context of the tasks; never done if the group was made without one.
    const context& ctx() const noexcept { return own_ ? own_->get() : none_; }

    // The first failure so far; null if there is none.
    std::exception_ptr failure() const noexcept;

private:
    // f without its type: it calls f() or f(ctx()).
    template <class F>
    detail::action_ptr bind(F f) {
        if constexpr (std::invocable<F, const context&>)
            return detail::make_action(
                [this, f = std::move(f)]() mutable { std::invoke(std::move(f), ctx()); });
        else
            return detail::make_action(std::move(f));
    }

    // With a slot taken: starts the task, or gives the slot back.
    void start(const task_options& options, detail::action_ptr body, place where);
    void fail(std::exception_ptr e, place started) noexcept;

    const context none_;
    std::optional<scoped_context> own_;
    channel<unit> slots_;  // a semaphore: a value in it is a task that runs
    bool limited_ = false;
    mutable runtime::lock mutex_;
    std::exception_ptr failure_;  // I1
    place started_;               // the task that failed
    bool unseen_ = false;         // wait has not rethrown it yet
    wait_group tasks_;            // last: the others outlive the tasks
};
// snippet end

}  // namespace braid
