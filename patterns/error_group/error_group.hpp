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
        if (limited_) slots_.send(unit{}, where);
        start(options, f, where);
    }
    template <class F>
    void go(F f, place where = place::here()) {
        go(task_options{}, std::move(f), where);
    }

    // The same, but false, with nothing started, if it would block (EG-6).
    template <class F>
    [[nodiscard("false: the task was not started")]] bool try_go(F f, place where = place::here()) {
        if (limited_ && !slots_.try_send(unit{})) return false;
        start({}, f, where);
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
    // With a slot taken: starts the task, or gives the slot back.
    template <class F>
    void start(const task_options& options, F& f, place where) {
        try {
            auto body = [this, where, f = std::optional<F>(std::move(f))]() mutable {
                std::exception_ptr failed;
                try {
                    if constexpr (std::invocable<F, const context&>)
                        std::invoke(std::move(*f), ctx());
                    else
                        std::invoke(std::move(*f));
                } catch (...) {
                    failed = std::current_exception();
                }
                // Outside the catch block, so that this task has let go of the exception's handler
                // before others can see the exception.
                if (failed != nullptr) fail(std::move(failed), where);
                f.reset();  // I4: what f holds is gone before the next task starts
                if (limited_) slots_.receive();
            };
            tasks_.go(options, std::move(body), where);
        } catch (...) {
            if (limited_) slots_.receive();
            throw;
        }
    }

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
