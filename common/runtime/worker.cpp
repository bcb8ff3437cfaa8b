#include "common/runtime/worker.hpp"

#include <pthread.h>
#include <signal.h>

#include <utility>

#include "common/runtime/overflow.hpp"
#include "common/runtime/parker.hpp"
#include "common/runtime/pause.hpp"
#include "common/runtime/threads.hpp"

namespace braid::runtime {

using namespace std::chrono_literals;

namespace {

thread_local worker* current_worker = nullptr;

// Signals to the process are for the threads of the program, whose calls they interrupt. Left are
// those that tell of a fault here, and the profiler's.
void leave_signals_to_others() noexcept {
    sigset_t others;
    sigfillset(&others);
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF})
        sigdelset(&others, own);
    pthread_sigmask(SIG_BLOCK, &others, nullptr);
}

}  // namespace

fiber& worker::take_fiber() {
    if (unused_ == nullptr) return runtime::take_fiber();
    --unused_count_;
    return *std::exchange(unused_, unused_->next);
}

// A few stay here, and keep their stacks.
void worker::put_back(fiber& f) noexcept {
    constexpr unsigned few = 64;
    destroy(f.where);
    f.where = {};
    if (!BRAID_TSAN && f.memory.size == default_stack_size && unused_count_ < few) {
        f.next = std::exchange(unused_, &f);
        ++unused_count_;
        return;
    }
    runtime::give_back(std::exchange(f.memory, {}));
    runtime::give_back(f);
}

// --- Switch --------------------------------------------------------------------------------------

worker::worker(scheduler& s, std::size_t index) : all_(s), index_(index) {}

[[gnu::noinline]] worker* worker::current() noexcept {
    asm volatile("");  // no compiler concludes that two calls return the same
    return current_worker;
}

void worker::leave(fate f) noexcept {
    fiber* const next = pick();
    if (next == nullptr && f == fate::yields) {
        threads::yield();  // nobody here, but perhaps other threads
        return;
    }
    departed_ = running_;
    fate_ = f;
    const exceptions mine = std::exchange(*caught_, {});
    switch_from(departed_->where, next, f == fate::ends);
    *current()->caught_ = mine;  // on whichever worker we are now
}

// To null: to the idle loop. On the return this worker is none of ours.
void worker::switch_from(context& here, fiber* to, bool last) noexcept {
    running_ = to;
    events_.store(events_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (to != nullptr && to->where.at == nullptr) prepare(*to);
    parker_pool::make_current(to != nullptr ? &to->self : nullptr);
    switch_context(here, to != nullptr ? to->where : idle_, last);
    current()->arrived();
}

void worker::arrived() noexcept {
    fiber* const f = std::exchange(departed_, nullptr);
    if (f == nullptr) return;  // from the idle loop
    switch (fate_) {
        case fate::parks:
            if (!f->self.falls_asleep()) run_next(*f);
            break;
        case fate::yields:
            queue(*f);
            break;
        case fate::ends:
            put_back(*f);
            break;
    }
}

// --- Who goes next -------------------------------------------------------------------------------

void worker::queue(fiber& f) noexcept {
    if (all_.migrates_) return all_.send_away(f, index_);
    if (!queue_.push(&f)) all_.injected_.push(f);
}

void worker::run_next(fiber& f) noexcept {
    events_.store(events_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (all_.migrates_) return all_.send_away(f, index_);
    if (fiber* const before = next_.exchange(&f, std::memory_order_seq_cst)) queue(*before);
    if (!all_.watched_.load(std::memory_order_seq_cst) &&
        all_.sleeping_.load(std::memory_order_seq_cst) > 0 &&
        all_.spinning_.load(std::memory_order_seq_cst) == 0)
        all_.wake_one();
}

fiber* worker::pick() noexcept {
    // Now and then those from outside go first, and those who wait in line before those who wake
    // each other: else they might wait for ever.
    constexpr unsigned outside_first = 61, most_in_a_row = 32;
    if (++turn_ % outside_first == 0)
        if (fiber* const f = all_.injected_.pop()) return f;
    if (in_a_row_ < most_in_a_row && next_.load(std::memory_order_relaxed) != nullptr)
        if (fiber* const f = next_.exchange(nullptr, std::memory_order_acq_rel)) {
            ++in_a_row_;
            return f;
        }
    in_a_row_ = 0;
    if (fiber* const f = queue_.pop()) return f;
    if (fiber* const f = next_.exchange(nullptr, std::memory_order_acq_rel)) return f;
    if (fiber* const f = sent_here_.pop()) return f;
    return all_.injected_.pop();
}

// --- Idle workers --------------------------------------------------------------------------------

void worker::run() noexcept {
    current_worker = this;
    leave_signals_to_others();
    idle_ = context_of_thread();
    caught_ = &exceptions_of_thread();
    looks_.resize(all_.size());
    watch_for_overflow();
    for (;;) {
        fiber* f = pick();
        if (f == nullptr) f = spin();
        if (f == nullptr) f = watch();
        if (f == nullptr) {
            sleep();
            continue;
        }
        switch_from(idle_, f, false);  // returns when nobody is ready here any more
    }
}

// From the outside, or from another worker.
fiber* worker::find() noexcept {
    if (fiber* const f = sent_here_.pop()) return f;
    if (fiber* const f = all_.injected_.pop()) {
        if (!all_.injected_.empty()) all_.wake_one();
        return f;
    }
    return steal();
}

// From a worker whose fibers run for longer than it costs to move one. The one that is to go next
// there is left alone while that worker does anything but compute.
fiber* worker::steal() noexcept {
    constexpr std::chrono::nanoseconds interval = 2us, worth_moving = 400ns;
    for (std::size_t i = 1; i < all_.size(); ++i) {
        const std::size_t at = (index_ + i) % all_.size();
        worker& other = *all_.workers_[at];
        look& last = looks_[at];
        const look now{other.events_.load(std::memory_order_relaxed), clock::now()};
        const auto passed = now.when - last.when;
        if (passed < interval) continue;
        const std::uint64_t events = now.events - last.events;
        last = now;
        if (events != 0 && passed / events < worth_moving) continue;
        if (fiber* const f = other.queue_.steal(queue_)) return f;
        if (events == 0 && other.next_.load(std::memory_order_relaxed) != nullptr)
            if (fiber* const f = other.next_.exchange(nullptr, std::memory_order_acq_rel)) return f;
    }
    return nullptr;
}

fiber* worker::spin() noexcept {
    constexpr auto patience = 50us;
    const auto start = clock::now();
    for (std::size_t i = 0; i < looks_.size(); ++i)  // what it has done before says nothing
        looks_[i] = {all_.workers_[i]->events_.load(std::memory_order_relaxed), start};
    all_.spinning_.fetch_add(1, std::memory_order_seq_cst);
    fiber* f = nullptr;
    do {
        for (int i = 0; i < 8; ++i) pause();
        f = find();
    } while (f == nullptr && clock::now() < start + patience);
    all_.spinning_.fetch_sub(1, std::memory_order_seq_cst);
    return f;
}

// One of the idle workers looks now and then. Null when another one does, or when there has been
// nothing to do for long.
fiber* worker::watch() noexcept {
    if (all_.watched_.exchange(true, std::memory_order_seq_cst)) return nullptr;
    fiber* f = nullptr;
    for (int quiet = 0, looked = 0; f == nullptr && quiet < 20; ++looked) {
        const std::uint32_t news = all_.news_.load(std::memory_order_acquire);
        futex_wait_until(all_.news_, news, clock::now() + (looked < 30 ? 30us : 90us));
        f = find();
        quiet = all_.nothing_to_do() ? quiet + 1 : 0;
    }
    all_.watched_.store(false, std::memory_order_seq_cst);
    if (f != nullptr && all_.sleeping_.load(std::memory_order_seq_cst) > 0) all_.wake_one();
    return f;
}

// Until there is something to do. Who makes a fiber ready looks at sleeping_ afterwards, we look
// for fibers after we have changed it: one of the two sees the other.
void worker::sleep() noexcept {
    all_.sleeping_.fetch_add(1, std::memory_order_seq_cst);
    const std::uint32_t news = all_.news_.load(std::memory_order_seq_cst);
    const bool others_see_to_it =
        all_.watched_.load(std::memory_order_seq_cst) && all_.injected_.empty() && idle();
    if (others_see_to_it || all_.nothing_to_do()) {
        if (!others_see_to_it) all_.look_for_deadlock();
        futex_wait(all_.news_, news);
    }
    all_.sleeping_.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace braid::runtime
