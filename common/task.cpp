#include "common/task.hpp"

#include <cstdio>
#include <stdexcept>

namespace braid {

namespace detail {

void die_of(const std::string& name, place started, const std::exception_ptr& error) {
    const auto say = [&](const char* text) {
        std::fprintf(stderr,
                     "braid: task%s%s (started at %s:%u) ended with an exception that nobody will "
                     "see: %s\n",
                     name.empty() ? "" : " ", name.c_str(), started.file, started.line, text);
    };
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        say(e.what());
        std::terminate();
    } catch (...) {
        say("not a std::exception");
        std::terminate();
    }
}

void doomed_job::run() noexcept {
    try {
        body_->call();
    } catch (...) {
        die_of(name, started, std::current_exception());
    }
    body_.reset();
}

void task_state::run() noexcept {
    try {
        body_->call();
    } catch (...) {
        // Only noted here: the catch block is left before anybody can learn of it, so that the
        // exception object has one owner at a time.
        error_ = std::current_exception();
    }
    body_.reset();
}

task start(const task_options& options, action_ptr body, place where, action_ptr stop) {
    auto state = runtime::make_in_block<task_state>(std::move(body), options.name, where);
    state->id = runtime::start(state, options.stack_size, options.own_thread);
    state->subject().seen(registry::role::works, state->id);
    return task(std::move(state), std::move(stop));
}

void task_state::finished() noexcept {
    runtime::waiter* w = nullptr;
    {
        runtime::locked hold(mutex_);
        ended_ = true;
        if (detached_ && error_ != nullptr) die();
        w = joiner_.claim_front();
    }
    if (w != nullptr) w->who->unpark();
}

void task_state::wait(place where) {
    runtime::parker& self = runtime::parker::current();
    runtime::locked hold(mutex_);
    if (ended_) return;
    if (self.id() == id) throw std::logic_error("join: a task cannot wait for its own end");
    runtime::waiter w;
    w.who = &self;
    joiner_.push_back(w);
    self.park({"join", where, {&subject_, registry::role::works}}, hold);
}

void task_state::detach(place where) {
    runtime::locked hold(mutex_);
    detached_ = true;
    if (ended_ && error_ != nullptr) die();
    if (!ended_) registry::detached(id, where);
}

}  // namespace detail

task::~task() {
    if (state_ == nullptr) return;
    if (stop_ != nullptr) stop_->call();
    state_->wait(place{});
    // While another exception is in flight this one is dropped: two cannot fly, and the first is
    // the one that explains.
    if (state_->failed() && std::uncaught_exceptions() == 0) state_->die();
}

void task::join(place where) {
    if (state_ == nullptr) throw std::logic_error("join: this task was already joined or detached");
    state_->wait(where);
    const auto state = std::exchange(state_, nullptr);
    stop_ = nullptr;
    if (std::exception_ptr error = state->take_error(); error != nullptr)
        std::rethrow_exception(std::move(error));
}

void task::detach(place where) {
    if (state_ == nullptr)
        throw std::logic_error("detach: this task was already joined or detached");
    const auto state = std::exchange(state_, nullptr);
    stop_ = nullptr;
    state->detach(where);
}

void this_task::sleep_until(runtime::time_point when, place where) {
    runtime::parker& self = runtime::parker::current();
    static_cast<void>(self.park_until({"sleep", where}, self.open(), when));
}

}  // namespace braid
