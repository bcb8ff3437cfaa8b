#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>

#include "common/channel.hpp"
#include "common/task.hpp"

namespace braid {

// Waits until a number of tasks is done.
//
//     wait_group wg;
//     for (auto& part : parts) wg.go([&part] { work(part); });
//     wg.wait();
//
// Invariants:
//   I1  add happens before the wait that is to count it: by the one who starts the task, before it
//       starts it. go does that.
//   I2  wait returns only when the counter is 0 (WG-4), and then to all who wait (WG-3).
//   I3  done does not touch the group after it has let the last waiter go, nor go after its task
//       has started, so that the waiter may destroy it at once.
//
// Unlike in Go, the group can be used for a next round at any time (WG-6 cannot happen), and its
// destructor waits: what its tasks hold by reference is declared before it.
//
// Memory ordering: each done (or return of f under go) happens before the return of every wait that
// it releases (MM-9).
// snippet: wait_group
class wait_group {
public:
    constexpr explicit wait_group(place made = place::here()) noexcept
        : subject_("wait group", made) {}
    wait_group(const wait_group&) = delete;
    wait_group& operator=(const wait_group&) = delete;
    ~wait_group() { wait(place{}); }

    // Changes the counter by `n`, which may be negative; at 0 all waiters are released (WG-2).
    // Throws std::logic_error, and changes nothing, if the counter would become negative.
    void add(std::ptrdiff_t n) {
        runtime::wait_queue released;
        {
            runtime::locked hold(mutex_);
            if (count_ + n < 0) throw std::logic_error("negative wait group counter");
            count_ += n;
            if (count_ == 0) waiters_.claim_all(released);
        }  // I3: from here on only `released` is used, which is ours
        released.unpark_all();
    }

    // One less. Throws as add.
    void done() { add(-1); }

    // Blocks until the counter is 0.
    void wait(place where = place::here()) { wait_until({}, where); }

    // The same, and false if `ctx` is done: it wins over a counter of 0.
    template <cancellation C>
    [[nodiscard("false: cancelled, not all tasks are done")]] bool wait(
        const C& ctx, place where = place::here()) {
        return wait_until(detail::done_of(ctx), where);
    }

    // Starts f() as a task that counts until its end (WG-7). An exception that leaves f ends the
    // process with its text, and wait does not return before (WG-8): use an error_group for what
    // can fail. Throws as go does, and counts nothing then.
    template <std::invocable F>
    void go(const task_options& options, F f, place where = place::here()) {
        auto body = detail::make_action(std::move(f));
        add(1);
        try {
            auto job = runtime::make_in_block<counted>(*this, std::move(body), options.name, where);
            runtime::start(std::move(job), options.stack_size, options.own_thread);  // I3
        } catch (...) {
            done();
            throw;
        }
    }
    template <std::invocable F>
    void go(F f, place where = place::here()) {
        go(task_options{}, std::move(f), where);
    }

    // How many are not done. Old as soon as it is returned.
    std::ptrdiff_t count() const noexcept {
        runtime::locked hold(mutex_);
        return count_;
    }

private:
    // The task of go. If f throws, the process ends in run, and finished is not reached.
    class counted final : public detail::doomed_job {
    public:
        counted(wait_group& group, detail::action_ptr f, std::string_view name, place started)
            : doomed_job(std::move(f), name, started), group_(group) {}
        void run() noexcept override {
            group_.subject_.seen(registry::role::works);
            doomed_job::run();
        }
        void finished() noexcept override { group_.done(); }

    private:
        wait_group& group_;
    };

    bool wait_until(const detail::done_ptr& ended, place where) {
        if (ended != nullptr && ended->closed()) return false;
        runtime::locked hold(mutex_);
        if (count_ == 0) return true;  // I2
        runtime::waiter w;
        return detail::wait_in(waiters_, w, hold,
                               {"wait", where, {&subject_, registry::role::works}}, ended);
    }

    mutable runtime::lock mutex_;
    std::ptrdiff_t count_ = 0;
    runtime::wait_queue waiters_;
    [[no_unique_address]] registry::subject subject_;
};
// snippet end

}  // namespace braid
