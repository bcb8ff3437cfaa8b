#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/place.hpp"

// How a task runs: on a thread of its own (threads.hpp) or as a fiber (fiber.hpp). The environment
// chooses, once: BRAID_RUNTIME=threads|fibers.
namespace braid::runtime {

// What a task does. The runtime lets go of it last of all.
class job {
public:
    job(std::string_view named, place where) : name(named), started(where) {}
    job(const job&) = delete;
    job& operator=(const job&) = delete;
    virtual ~job() = default;

    // The task's life. Must have destroyed what it captured when it returns.
    virtual void run() noexcept = 0;

    // Afterwards, when the task is no longer registered: whoever learns of the task's end learns it
    // here. So a leak check right after a join never sees a task that is only about to go (the
    // false alarm of counters that are lowered before a goroutine's exit).
    virtual void finished() noexcept = 0;

    const std::string name;  // this and the next: for the reports
    const place started;
};

// Starts a task and returns its id. `stack_size`: in bytes, 0 for the default. `own_thread`: on a
// thread of the system, whatever the runtime.
// Throws std::system_error when the system has no thread or no memory for the stack, naming the
// limits to look at. A fiber with a stack of the default size gets it at its first run: if there is
// none by then, the process ends with that text.
// Memory ordering: what comes before start happens before run (MM-1).
std::uint64_t start(std::shared_ptr<job> j, std::size_t stack_size, bool own_thread);

// Lets others run.
void yield() noexcept;

// True in a task that shares its thread with others.
bool in_fiber() noexcept;

// For what is kept once for each worker, such as the caches of a pool: a number below
// worker_count(). Two tasks with the same number seldom run at the same time, but they may: what is
// found under it needs a lock, which is seldom contended. Old as soon as it is returned.
std::size_t worker_index() noexcept;
std::size_t worker_count() noexcept;

}  // namespace braid::runtime
