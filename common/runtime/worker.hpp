#pragma once

#include <atomic>
#include <chrono>
#include <vector>

#include "common/runtime/fiber.hpp"
#include "common/runtime/lock.hpp"
#include "common/runtime/pace.hpp"
#include "common/runtime/run_queue.hpp"
#include "common/runtime/spares.hpp"

// The scheduler. Three ideas, all about not paying for the other core when the work is fine:
//
//   - Who is woken goes next on the worker of the waker, whose cache has what they share. The one
//     that was next before goes to the end of the queue.
//   - An idle worker steals from one whose steps (pace.hpp) are far apart, and leaves alone one
//   that
//     uses channels and switches all the time: moving such work costs more than it gains.
//   - A wake-up of a sleeping worker is a system call, so a push makes none while somebody watches:
//     the last worker to become idle looks every few dozen microseconds whether there is something
//     to steal, and goes to sleep for good when there has been nothing for long.
namespace braid::runtime {

// Fibers in a row, linked by next.
struct chain {
    fiber* first = nullptr;
    fiber* last = nullptr;
    std::size_t size = 0;

    chain() noexcept = default;
    explicit chain(fiber& f) noexcept { push(f); }
    void push(fiber& f) noexcept;
    fiber* pop() noexcept;  // null if there is none
};

// A queue that all may use, of any length.
class shared_queue {
public:
    void push(const chain& some) noexcept;  // not empty
    chain pop(std::size_t most) noexcept;   // as many as that, or all
    std::size_t size() const noexcept { return size_.load(std::memory_order_seq_cst); }
    bool empty() const noexcept { return size() == 0; }

private:
    lock mutex_;
    chain all_;
    std::atomic<std::size_t> size_{0};  // of all_, for those who only look
};

class scheduler;

class worker {
public:
    worker(scheduler& s, std::size_t index);

    // The one whose thread this is; null on other threads. Never kept across a switch: the fiber
    // may be on another one afterwards.
    static worker* current() noexcept;

    void run() noexcept;  // the life of its thread

    // By the fiber that runs here: what becomes of it when it leaves. `held`: a lock that is to be
    // released then.
    enum class fate { parks, yields, ends };
    void leave(fate f, lock* held = nullptr) noexcept;

    // By the fiber that runs here: `f` goes next.
    void run_next(fiber& f) noexcept;

    // By another worker: `f` goes on here.
    void take_over(fiber& f) noexcept { more_.push(chain(f)); }

    // First thing after each switch, on the side that was switched to: what is still to be done for
    // the one that has left, now that its context is saved.
    void arrived() noexcept;

    spares spare;  // for its thread alone

    fiber* running() const noexcept { return running_; }
    std::size_t index() const noexcept { return index_; }
    bool idle() const noexcept {
        return queue_.size() == 0 && next_.load() == nullptr && more_.empty();
    }

private:
    using clock = std::chrono::steady_clock;

    std::uint64_t steps() const noexcept {
        const auto* const taken = steps_.load(std::memory_order_acquire);
        return taken != nullptr ? taken->load(std::memory_order_relaxed) : 0;
    }

    static constexpr std::size_t batch = 128;

    fiber* pick() noexcept;
    fiber* take_from(shared_queue& q) noexcept;
    fiber* find() noexcept;
    bool worth_stealing(pace steps, std::chrono::nanoseconds time) const noexcept;
    fiber* steal() noexcept;
    fiber* spin() noexcept;
    fiber* watch() noexcept;
    void sleep() noexcept;
    void queue(fiber& f) noexcept;
    worker& switch_from(context& here, fiber* to, bool last) noexcept;

    scheduler& all_;
    const std::size_t index_;
    fiber* running_ = nullptr;
    fiber* departed_ = nullptr;  // who has left and is not taken care of yet
    fate fate_ = fate::parks;
    lock* held_ = nullptr;          // by the one who has left
    context idle_;                  // of run(), while a fiber runs
    exceptions* caught_ = nullptr;  // of this thread
    unsigned turn_ = 0;
    unsigned in_a_row_ = 0;  // how often the one that was woken last went first

    // What this worker saw of another one when it looked last.
    struct look {
        std::uint64_t steps = 0;
        clock::time_point when;
    };
    std::vector<look> looks_;

    alignas(64) std::atomic<fiber*> next_{nullptr};
    std::atomic<const std::atomic<std::uint64_t>*> steps_{nullptr};  // of its thread, once it runs
    run_queue<fiber, 2 * batch> queue_;
    shared_queue more_;  // for which queue_ has no room, or which others have sent here
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
    const bool migrates_;    // BRAID_MIGRATE=1: each fiber goes on on another worker than before
    shared_queue injected_;  // made ready by threads that are no workers
    alignas(64) futex_word news_{0};    // what idle workers sleep on
    std::atomic<int> spinning_{0};      // idle workers that look for work without pause
    std::atomic<int> sleeping_{0};      // that sleep until they are woken
    std::atomic<bool> watched_{false};  // one looks now and then
};

}  // namespace braid::runtime
