#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "common/action.hpp"
#include "common/place.hpp"
#include "common/runtime/runtime.hpp"
#include "common/runtime/wait_queue.hpp"

// go(f) starts a task: what Go calls a goroutine. See task and this_task below.
namespace braid {

struct task_options {
    std::string_view name = {};  // for the reports and the log
    std::size_t stack_size = 0;  // bytes; 0 for the runtime's default
    bool own_thread = false;     // on a thread of the system, whatever the runtime: for a task that
                                 // blocks in calls of the system for long
};

namespace detail {

// Writes "braid: task <name> ... ended with an exception: <what>" and calls std::terminate.
[[noreturn]] void die_of(const std::string& name, place started, const std::exception_ptr& error);

// A task: the runtime and the handle share it.
class task_state final : public runtime::job {
public:
    task_state(action_ptr body, std::string_view name, place started)
        : job(name, started), body_(std::move(body)), subject_("task", started) {}

    void run() noexcept override;
    void finished() noexcept override;  // wakes the joiner
    void wait(place where);
    void detach(place where);
    std::exception_ptr take_error() noexcept { return std::exchange(error_, nullptr); }
    bool failed() const noexcept { return error_ != nullptr; }
    [[noreturn]] void die() const { die_of(name, started, error_); }

    std::uint64_t id = 0;
    registry::subject& subject() noexcept { return subject_; }

private:
    action_ptr body_;
    runtime::lock mutex_;
    runtime::wait_queue joiner_;
    bool ended_ = false;
    bool detached_ = false;
    std::exception_ptr error_;
    [[no_unique_address]] registry::subject subject_;
};

// A task whose exceptions nobody can catch: the first one ends the process.
class doomed_job : public runtime::job {
public:
    doomed_job(action_ptr body, std::string_view name, place started)
        : job(name, started), body_(std::move(body)) {}
    void run() noexcept override;

private:
    action_ptr body_;
};

}  // namespace detail

// A running task. Move-only. The owner must decide how it ends: the destructor waits for it.
//
// An exception that leaves the task is rethrown by join. One that nobody will ever see (the task
// was detached, or its handle is destroyed without join) ends the process with the task's name and
// the exception's text, unless another exception is already in flight (G-3).
class [[nodiscard("a task that is not kept is joined at once: keep it, or detach() it")]] task {
public:
    task() noexcept = default;
    explicit task(std::shared_ptr<detail::task_state> state, detail::action_ptr stop = nullptr)
        : state_(std::move(state)), stop_(std::move(stop)) {}
    task(task &&) noexcept = default;
    task& operator=(task&& other) noexcept {
        task dropped(std::move(*this));
        state_ = std::move(other.state_);
        stop_ = std::move(other.stop_);
        return *this;
    }

    // Asks the task to stop if it was started with a context, then waits for its end.
    ~task();

    // Waits for the task's end and rethrows what left it. The handle is empty afterwards.
    // Throws std::logic_error on an empty handle, and when a task joins itself.
    // Memory ordering: all that the task did happens before the return of join.
    void join(place where = place::here());

    // Gives up the handle: the task goes on alone, and nobody can wait for it. The leak check names
    // this place. Throws std::logic_error on an empty handle.
    void detach(place where = place::here());

    // False for an empty handle.
    bool joinable() const noexcept { return state_ != nullptr; }

    // The number that the reports give it, as this_task::id() inside; 0 for an empty handle.
    std::uint64_t id() const noexcept { return state_ != nullptr ? state_->id : 0; }

private:
    std::shared_ptr<detail::task_state> state_;
    detail::action_ptr stop_;
};

namespace detail {

// go, for a task that the destructor of its handle asks to stop by `stop`, unless that is null.
task start(const task_options& options, action_ptr body, place where, action_ptr stop);

}  // namespace detail

// Starts `f()` as a task (G-1): `f` is moved into it, its result is discarded. Does not block.
// Throws std::system_error when no task can be started.
// Memory ordering: what comes before go happens before the start of f (MM-1).
template <std::invocable F>
task go(const task_options& options, F f, place where = place::here()) {
    return detail::start(options, detail::make_action(std::move(f)), where, nullptr);
}
template <std::invocable F>
task go(F f, place where = place::here()) {
    return go(task_options{}, std::move(f), where);
}

namespace this_task {

// Lets other tasks run.
inline void yield() noexcept { runtime::yield(); }

// The number of the calling task (or thread); unique in the process and never reused.
inline std::uint64_t id() { return runtime::parker::current().id(); }

// Blocks the calling task until `when`, on the monotonic clock; not at all if that is past.
void sleep_until(runtime::time_point when, place where = place::here());

// Blocks the calling task for at least `d`, a duration of any type; not at all if `d` <= 0.
template <class Rep, class Period>
void sleep_for(std::chrono::duration<Rep, Period> d, place where = place::here()) {
    if (d > d.zero()) sleep_until(runtime::deadline_after(d), where);
}

}  // namespace this_task

}  // namespace braid
