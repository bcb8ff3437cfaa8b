#pragma once

#include "common/runtime/life.hpp"
#include "common/runtime/magazines.hpp"
#include "common/runtime/stack.hpp"
#include "common/runtime/switch.hpp"

// The runtime in which a task is a fiber: a function with a stack of its own, which workers, one
// for each processor, run in turn. A fiber goes on from where it left, on whichever worker takes it
// up: it may change threads wherever it parks, and nowhere else.
namespace braid::runtime {

// Used again by later tasks and never freed, as its parker wants it.
struct fiber : spare<fiber> {  // next: also in a chain of those that are ready
    parker self{this};
    std::shared_ptr<job> work;
    stack memory = {};
    context where = {};  // where it goes on
};

// A fiber that no task uses, without a stack. And to give one back.
fiber& take_fiber();
void give_back(fiber& f) noexcept;

// At the first run of `f`: gives it a stack, if it has none, and a context.
void prepare(fiber& f) noexcept;

namespace fibers {

// Throws std::system_error when there is no memory for a stack of the size that was asked for.
void start(birth b);

// True on a worker.
bool here() noexcept;

// Lets others run, if there are any: the calling fiber goes to the end of its worker's queue.
void yield() noexcept;

// Leaves the calling fiber until it is made ready. Returns at once if it has been already.
void suspend() noexcept;
// The same where it cannot have been: who is to do that waits for `held`, which is released once
// the fiber has been left.
void suspend(lock& held) noexcept;

// `f` goes on soon: next on the calling worker, or, from a thread that is none, on any.
void ready(fiber& f) noexcept;

// The number of the calling worker; 0 on other threads.
std::size_t worker_index() noexcept;
std::size_t worker_count() noexcept;

// By a thread that is about to sleep until somebody unparks it: that may have been the last one.
void thread_sleeps() noexcept;

}  // namespace fibers

}  // namespace braid::runtime
