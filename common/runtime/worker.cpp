#include "common/runtime/worker.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

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

// --- Switch --------------------------------------------------------------------------------------

worker::worker(scheduler& s, std::size_t index) : all_(s), index_(index) {}

[[gnu::noinline]] worker* worker::current() noexcept {
    asm volatile("");  // no compiler concludes that two calls return the same
    return current_worker;
}

void worker::leave(fate f, lock* held) noexcept {
    fiber* const next = pick();
    if (next == nullptr && f == fate::yields) {
        threads::yield();  // nobody here, but perhaps other threads
        return;
    }
    departed_ = running_;
    fate_ = f;
    held_ = held;
    const exceptions mine = std::exchange(*caught_, {});
    worker& arrived_on = switch_from(departed_->where, next, f == fate::ends);
    *arrived_on.caught_ = mine;
}

// To null: to the idle loop. Returns the worker on which `here` goes on: this one is none of ours
// any more.
worker& worker::switch_from(context& here, fiber* to, bool last) noexcept {
    running_ = to;
    note_switch();
    if (to != nullptr && to->where.at == nullptr) prepare(*to);
    parker_pool::make_current(to != nullptr ? &to->self : nullptr);
    switch_context(here, to != nullptr ? to->where : idle_, last);
    worker& now = *current();
    now.arrived();
    return now;
}

void worker::arrived() noexcept {
    fiber* const f = std::exchange(departed_, nullptr);
    if (f == nullptr) return;  // from the idle loop
    switch (fate_) {
        case fate::parks:
            if (held_ != nullptr)
                f->self.falls_asleep(*held_);
            else if (!f->self.falls_asleep())
                run_next(*f);
            break;
        case fate::yields:
            queue(*f);
            break;
        case fate::ends:
            give_back(*f);
            break;
    }
}

// --- Who goes next -------------------------------------------------------------------------------

void worker::queue(fiber& f) noexcept {
    if (all_.migrates_) return all_.send_away(f, index_);
    if (queue_.push(&f)) return;
    chain surplus;
    while (surplus.size < batch) {
        fiber* const oldest = queue_.pop();
        if (oldest == nullptr) break;  // stolen meanwhile
        surplus.push(*oldest);
    }
    surplus.push(f);
    more_.push(surplus);
}

// One of them, for now; some others come into queue_, which is empty.
fiber* worker::take_from(shared_queue& q) noexcept {
    chain some = q.pop(batch);
    fiber* const first = some.pop();
    while (fiber* const f = some.pop()) queue_.push(f);
    return first;
}

void worker::run_next(fiber& f) noexcept {
    note_switch();
    if (all_.migrates_) return all_.send_away(f, index_);
    // Others only ever empty it: where nothing is, nobody interferes. A worker that is about to
    // sleep may not see this store yet, so it looks again later.
    if (next_.load(std::memory_order_relaxed) == nullptr)
        next_.store(&f, std::memory_order_release);
    else if (fiber* const before = next_.exchange(&f, std::memory_order_acq_rel))
        queue(*before);
    if (!all_.watched_.load(std::memory_order_seq_cst) &&
        all_.sleeping_.load(std::memory_order_seq_cst) > 0 &&
        all_.spinning_.load(std::memory_order_seq_cst) == 0)
        all_.wake_one();
}

fiber* worker::pick() noexcept {
    // Now and then those go first who are far from it, or they might wait for ever: those from
    // outside, those behind a queue that never ends, those in line behind two who wake each other.
    constexpr unsigned others_first = 61, most_in_a_row = 32;
    if (++turn_ % others_first == 0)
        for (shared_queue* const q : {&all_.injected_, &more_})
            if (fiber* const f = q->pop(1).pop()) return f;
    if (in_a_row_ < most_in_a_row && next_.load(std::memory_order_relaxed) != nullptr)
        if (fiber* const f = next_.exchange(nullptr, std::memory_order_acq_rel)) {
            ++in_a_row_;
            return f;
        }
    in_a_row_ = 0;
    if (fiber* const f = queue_.pop()) return f;
    if (next_.load(std::memory_order_relaxed) != nullptr)
        if (fiber* const f = next_.exchange(nullptr, std::memory_order_acq_rel)) return f;
    if (fiber* const f = take_from(more_)) return f;
    return all_.injected_.pop(1).pop();
}

// --- Idle workers --------------------------------------------------------------------------------

void worker::run() noexcept {
    current_worker = this;
    steps_ = &steps_taken;
    leave_signals_to_others();
    prctl(PR_SET_TIMERSLACK, 1000);  // ns; else each short sleep takes 50 us more
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
    if (fiber* const f = take_from(more_)) return f;
    if (fiber* const f = all_.injected_.pop(1).pop()) {
        if (!all_.injected_.empty()) all_.wake_one();
        return f;
    }
    return steal();
}

// Whether it pays to steal from this worker, which took those steps in `time`. Moving a task costs
// as much as it does in a while, and the more so the finer its work is. But of a crowd most of what
// moves stays among itself: there only the switches count. And of a backlog, which one processor
// will not soon reach, everything is worth moving.
bool worker::worth_stealing(pace steps, std::chrono::nanoseconds time) const noexcept {
    constexpr std::chrono::nanoseconds use = 100ns, a_switch = 400ns;
    constexpr std::size_t crowd = 8, backlog = 2048;
    if (more_.size() >= backlog) return true;
    const std::uint32_t uses = queue_.size() < crowd ? steps.uses : 0;
    return time >= uses * use + steps.switches * a_switch;
}

// The fiber that is to go next there shares most with the one that runs: it is left alone unless
// the steps are far apart, or there has been none for long.
fiber* worker::steal() noexcept {
    constexpr std::chrono::nanoseconds interval = 2us, coarse = 400ns, computes = 20us;
    for (std::size_t i = 1; i < all_.size(); ++i) {
        const std::size_t at = (index_ + i) % all_.size();
        worker& other = *all_.workers_[at];
        look& last = looks_[at];
        const look now{other.steps(), clock::now()};
        const auto passed = now.when - last.when;
        if (passed < interval) continue;
        const pace steps = pace_between(last.steps, now.steps);
        const std::uint32_t all = steps.uses + steps.switches;
        if (all != 0) last = now;
        if (!other.worth_stealing(steps, passed)) continue;
        if (fiber* const f = other.queue_.steal(queue_)) return f;
        if (!all_.migrates_)
            if (fiber* const f = take_from(other.more_)) return f;
        const bool also_next = all != 0 ? passed >= all * coarse : passed >= computes;
        if (also_next && other.next_.load(std::memory_order_relaxed) != nullptr)
            if (fiber* const f = other.next_.exchange(nullptr, std::memory_order_acq_rel)) return f;
    }
    return nullptr;
}

fiber* worker::spin() noexcept {
    constexpr auto patience = 50us;
    const auto start = clock::now();
    for (std::size_t i = 0; i < looks_.size(); ++i)  // what it has done before says nothing
        looks_[i] = {all_.workers_[i]->steps(), start};
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
    // Twice: the first look may come too early for a fiber that was put next just now (run_next).
    for (const bool for_good : {false, true}) {
        const bool others_see_to_it =
            all_.watched_.load(std::memory_order_seq_cst) && all_.injected_.empty() && idle();
        if (!others_see_to_it && !all_.nothing_to_do()) break;
        if (for_good && !others_see_to_it) all_.look_for_deadlock();
        if (for_good)
            futex_wait(all_.news_, news);
        else
            futex_wait_until(all_.news_, news, clock::now() + 1ms);
    }
    all_.sleeping_.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace braid::runtime
