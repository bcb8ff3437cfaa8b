#pragma once

#include <memory>

#include "common/runtime/time.hpp"

// The one service thread: it fires timers, and in builds with the registry it writes the deadlock
// report and the table that SIGQUIT asks for. Started at the first need, never joined.
namespace braid::clock {

// Something that happens at a point in time.
class timed : public std::enable_shared_from_this<timed> {
public:
    timed() = default;
    timed(const timed&) = delete;
    timed& operator=(const timed&) = delete;
    virtual ~timed();  // cancels

    // Runs on the service thread, which holds no lock and keeps the object alive. `when` is the
    // time it was scheduled for. Must not block.
    virtual void due(runtime::time_point when) noexcept = 0;

private:
    friend class agenda;
    bool scheduled_ = false;
    runtime::time_point when_{};
};

// Has `t` fire at `when`; moves it there if it was scheduled already. The agenda does not keep `t`
// alive: one whose last handle is dropped does not fire (TM-8).
// Memory ordering: schedule happens before due (MM-12).
void schedule(const std::shared_ptr<timed>& t, runtime::time_point when);

// True if this prevented a firing. Does not wait for one that has begun (TM-7).
bool cancel(timed& t) noexcept;

// True if nothing is scheduled and nothing fires.
bool idle() noexcept;

// How many threads the clock has: none before the first need.
int threads() noexcept;

// Everybody seems to be asleep: the service thread is to look whether that is a deadlock.
void look() noexcept;

// Starts the service thread if it does not run yet.
void start();

// SIGQUIT arrived: the service thread writes the table of tasks and ends the process.
// Async-signal-safe.
void quit_requested() noexcept;

}  // namespace braid::clock
