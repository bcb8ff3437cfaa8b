#pragma once

#include <atomic>
#include <chrono>
#include <vector>

#include "common/runtime/fiber.hpp"
#include "common/runtime/lock.hpp"
#include "common/runtime/run_queue.hpp"

// The scheduler. Three ideas, all about not paying for the other core when the work is fine:
//
//   - Who is woken goes next on the worker of the waker, whose cache has what they share. The one
//     that was next before goes to the end of the queue.
//   - An idle worker steals from one whose fibers run for long at a time, and leaves alone one that
//     switches all the time: moving such work costs more than it gains.
//   - A wake-up of a sleeping worker is a system call, so a push makes none while somebody watches:
//     the last worker to become idle looks every few dozen microseconds whether there is something
//     to steal, and goes to sleep for good when there has been nothing for long.
namespace braid::runtime {

// Fibers that were made ready by threads that are no workers, and what does not fit elsewhere.
class injection_queue {
public:
    void push(fiber& f) noexcept;
    fiber* pop() noexcept;  // null if there is none
    bool empty() const noexcept { return size_.load(std::memory_order_seq_cst) == 0; }

private:
    lock mutex_;
    fiber* first_ = nullptr;
    fiber* last_ = nullptr;
    std::atomic<std::size_t> size_{0};
};

class scheduler;

class worker {
public:
    worker(scheduler& s, std::size_t index);

    // The one whose thread this is; null on other threads. Never kept across a switch: the fiber
    // may be on another one afterwards.
    static worker* current() noexcept;

    void run() noexcept;  // the life of its thread

    // By the fiber that runs here: what becomes of it when it leaves.
    enum class fate { parks, yields, ends };
    void leave(fate f) noexcept;

    // By the fiber that runs here: `f` goes next.
    void run_next(fiber& f) noexcept;

    // By the fiber that runs here: one for a new task.
    fiber& take_fiber();

    // By another worker: `f` goes on here.
    void take_over(fiber& f) noexcept { sent_here_.push(f); }

    // First thing after each switch, on the side that was switched to: what is still to be done for
    // the one that has left, now that its context is saved.
    void arrived() noexcept;

    fiber* running() const noexcept { return running_; }
    std::size_t index() const noexcept { return index_; }
    bool idle() const noexcept {
        return queue_.size() == 0 && next_.load() == nullptr && sent_here_.empty();
    }

private:
    using clock = std::chrono::steady_clock;

    fiber* pick() noexcept;
    fiber* find() noexcept;
    fiber* steal() noexcept;
    fiber* spin() noexcept;
    fiber* watch() noexcept;
    void sleep() noexcept;
    void queue(fiber& f) noexcept;
    void put_back(fiber& f) noexcept;
    void switch_from(context& here, fiber* to, bool last) noexcept;

    scheduler& all_;
    const std::size_t index_;
    fiber* running_ = nullptr;
    fiber* departed_ = nullptr;  // who has left and is not taken care of yet
    fate fate_ = fate::parks;
    context idle_;                  // of run(), while a fiber runs
    exceptions* caught_ = nullptr;  // of this thread
    fiber* unused_ = nullptr;       // some fibers that no task uses, with their stacks
    unsigned unused_count_ = 0;
    unsigned turn_ = 0;
    unsigned in_a_row_ = 0;  // how often the one that was woken last went first

    // What this worker saw of another one when it looked last.
    struct look {
        std::uint64_t events = 0;
        clock::time_point when;
    };
    std::vector<look> looks_;

    alignas(64) std::atomic<fiber*> next_{nullptr};
    std::atomic<std::uint64_t> events_{0};  // switches and wake-ups, written by this worker alone
    run_queue<fiber, 256> queue_;
    injection_queue sent_here_;  // by others, in the mode that makes fibers migrate
};

class scheduler {
public:
    static scheduler& get();                // started at its first use
    static std::size_t started() noexcept;  // how many workers have been: none before that

    std::size_t size() const noexcept { return workers_.size(); }
    void inject(fiber& f) noexcept;

    // All workers sleep: if all other threads do so too, and no timer will ever wake anybody, ends
    // the process with the report of that (G-6).
    void look_for_deadlock() noexcept;
    void thread_sleeps() noexcept;

private:
    friend worker;

    explicit scheduler(std::size_t workers);
    void wake_one() noexcept;
    void send_away(fiber& f, std::size_t from) noexcept;
    bool nothing_to_do() const noexcept;

    std::vector<std::unique_ptr<worker>> workers_;
    const bool migrates_;  // BRAID_MIGRATE=1: each fiber goes on on another worker than before
    injection_queue injected_;
    alignas(64) futex_word news_{0};    // what idle workers sleep on
    std::atomic<int> spinning_{0};      // idle workers that look for work without pause
    std::atomic<int> sleeping_{0};      // that sleep until they are woken
    std::atomic<bool> watched_{false};  // one looks now and then
};

}  // namespace braid::runtime
