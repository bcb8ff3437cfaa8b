#include "common/runtime/parker.hpp"

#include <pthread.h>

#include "common/runtime/clock.hpp"
#include "common/runtime/fiber.hpp"
#include "common/runtime/lock.hpp"
#include "common/runtime/unseen.hpp"

namespace braid::runtime {

namespace {

thread_local parker* current_parker = nullptr;

[[maybe_unused]] constinit lock pool_lock;
[[maybe_unused]] constinit parker* free_parkers = nullptr;  // linked by next_free_
constinit std::atomic<std::uint64_t> last_id{0};

// For the deadlock report of fibers, which needs a total order with the workers' own count. Under
// ThreadSanitizer that would order all tasks that ever slept, and so hide races.
constinit std::atomic<int> sleeping_threads{0};
constexpr auto total_order = BRAID_TSAN ? std::memory_order_relaxed : std::memory_order_seq_cst;

// A thread that is none of ours gets a parker at its first use of Braid, and gives it back when it
// ends: after the destructors of its thread_locals, which may use Braid too, hence the key. The
// main thread keeps its own: its end is the end of the process, not of one who could wake others.
void guest_ends(void* parker_of_guest) {
    auto* const p = static_cast<parker*>(parker_of_guest);
    registry::end(p->record());
    registry::ended();
    parker_pool::give_back(*p);
    current_parker = nullptr;
}

pthread_key_t guest_key() {
    static const pthread_key_t key = [] {
        pthread_key_t k{};
        pthread_key_create(&k, guest_ends);
        return k;
    }();
    return key;
}

}  // namespace

int threads_asleep() noexcept { return sleeping_threads.load(total_order); }

std::uint64_t next_id() noexcept { return last_id.fetch_add(1, std::memory_order_relaxed) + 1; }

parker& parker::current() {
    if (current_parker == nullptr) {
        const std::uint64_t id = next_id();
        current_parker = &parker_pool::take(id, registry::begin({.id = id}));
        pthread_setspecific(guest_key(), current_parker);
    }
    return *current_parker;
}

void parker::begin(std::uint64_t id, registry::record* record) noexcept {
    id_ = id;
    random_ = static_cast<std::uint32_t>(id * 0x9E3779B9U) | 1;
    record_ = record;
}

void parker::unpark() noexcept {
    registry::resume(record_);
    if (fiber_ != nullptr) {
        // acquire: its context, which was saved before it fell asleep. Once it sleeps, nobody else
        // changes the word.
        if (word_.load(std::memory_order_acquire) == asleep ||
            word_.exchange(permit, std::memory_order_acq_rel) == asleep)
            fibers::ready(*fiber_);
        return;
    }
    const std::uint32_t was = word_.exchange(permit, std::memory_order_release);
    if (was == asleep) sleeping_threads.fetch_sub(1, total_order);
    if (was != empty) futex_wake_one(word_);
}

void parker::sleep() noexcept {
    if (fiber_ != nullptr) {
        if (word_.load(std::memory_order_acquire) != permit) fibers::suspend();
    } else if (falls_asleep()) {
        sleeping_threads.fetch_add(1, total_order);
        fibers::thread_sleeps();
        while (word_.load(std::memory_order_acquire) == asleep) futex_wait(word_, asleep);
    }
}

void parker::sleep_until(time_point deadline) noexcept {
    std::uint32_t seen = empty;
    if (!word_.compare_exchange_strong(seen, dozing, std::memory_order_acq_rel)) return;
    while (word_.load(std::memory_order_acquire) == dozing) {
        futex_wait_until(word_, dozing, deadline);
        if (std::chrono::steady_clock::now() >= deadline) break;
    }
}

void parker::park(const registry::wait& what) noexcept {
    registry::suspend(record_, what, false);
    sleep();
    word_.store(empty, std::memory_order_relaxed);
}

void parker::park(const registry::wait& what, locked& held) noexcept {
    registry::suspend(record_, what, false);
    if (fiber_ != nullptr) {
        fibers::suspend(held.leave_held());
    } else {
        held.release();
        sleep();
    }
    word_.store(empty, std::memory_order_relaxed);
}

bool parker::park_until(const registry::wait& what, ticket t, time_point deadline) noexcept {
    if (deadline == time_point::max()) {
        park(what);
        return true;
    }
    if (fiber_ != nullptr) return park_fiber_until(what, t, deadline);
    registry::suspend(record_, what, true);
    sleep_until(deadline);
    if (word_.load(std::memory_order_acquire) != permit) {
        if (claim(t, nullptr)) {
            registry::resume(record_);
            word_.store(empty, std::memory_order_relaxed);
            return false;
        }
        // Somebody claimed the wait in the last moment, so the unpark is on its way.
        while (word_.load(std::memory_order_acquire) != permit) futex_wait(word_, dozing);
    }
    word_.store(empty, std::memory_order_relaxed);
    return true;
}

namespace {

// Ends a wait of a fiber at its deadline, if nobody has before.
class alarm final : public clock::timed {
public:
    alarm(parker& p, ticket t) noexcept : parker_(p), ticket_(t) {}
    void due(time_point) noexcept override {
        if (!parker_.claim(ticket_, nullptr)) return;
        rang = true;
        parker_.unpark();
    }

    bool rang = false;

private:
    parker& parker_;
    const ticket ticket_;
};

}  // namespace

bool parker::park_fiber_until(const registry::wait& what, ticket t, time_point deadline) {
    const auto at_the_deadline = std::make_shared<alarm>(*this, t);
    clock::schedule(at_the_deadline, deadline);
    park(what);
    clock::cancel(*at_the_deadline);
    return !at_the_deadline->rang;
}

void parker::join(watch_list& list, std::shared_ptr<void> keep) {
    leave();
    locked hold(list.mutex_);
    previous_watcher_ = nullptr;
    next_watcher_ = list.first_.load(std::memory_order_relaxed);
    if (next_watcher_ != nullptr) next_watcher_->previous_watcher_ = this;
    list.first_.store(this, std::memory_order_seq_cst);
    joined_ = &list;
    keep_joined_ = std::move(keep);
}

void parker::leave() noexcept {
    if (joined_ == nullptr) return;
    {
        locked hold(joined_->mutex_);
        if (previous_watcher_ != nullptr)
            previous_watcher_->next_watcher_ = next_watcher_;
        else
            joined_->first_.store(next_watcher_, std::memory_order_relaxed);
        if (next_watcher_ != nullptr) next_watcher_->previous_watcher_ = previous_watcher_;
    }
    joined_ = nullptr;
    keep_joined_.reset();
}

void watch_list::end_waits() noexcept {
    if (first_.load(std::memory_order_seq_cst) == nullptr)
        return;  // who joins later sees the event
    locked hold(mutex_);
    for (parker* p = first_.load(std::memory_order_relaxed); p != nullptr; p = p->next_watcher_) {
        // Looked at on both sides of the ticket, which is therefore that of a wait under this list:
        // of one that is over, and then the claim fails, or of one that is going on. A wait that
        // begins after the first look sees the event by itself.
        const auto waits_for_us = [&] {
            return p->watching_.load(std::memory_order_seq_cst) == this;
        };
        if (!waits_for_us()) continue;
        const ticket t = p->turn_.load(std::memory_order_acquire);
        if (waits_for_us() && (t & 1) != 0 && p->claim(t, nullptr)) p->unpark();
    }
}

// Under ThreadSanitizer nothing is pooled: the pool's lock would order each start of a task after
// the starts and ends before it, and so hide races.
parker& parker_pool::take(std::uint64_t id, registry::record* record) {
    parker* p = nullptr;
    if constexpr (!BRAID_TSAN) {
        locked hold(pool_lock);
        p = free_parkers;
        if (p != nullptr) free_parkers = p->next_free_;
    }
    if (p == nullptr) p = new parker;
    p->begin(id, record);
    return *p;
}

void parker_pool::give_back(parker& p) noexcept {
    p.end();
    if constexpr (!BRAID_TSAN) {
        locked hold(pool_lock);
        p.next_free_ = free_parkers;
        free_parkers = &p;
    }
}

void parker_pool::make_current(parker* p) noexcept { current_parker = p; }

}  // namespace braid::runtime
