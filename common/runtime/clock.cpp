#include "common/runtime/clock.hpp"

#include <pthread.h>

#include <algorithm>
#include <set>
#include <thread>

#include "common/runtime/lock.hpp"
#include "common/runtime/parker.hpp"
#include "common/runtime/registry.hpp"
#include "common/runtime/reports.hpp"

namespace braid::clock {

using runtime::time_point;

class agenda {
public:
    void schedule(const std::shared_ptr<timed>& t, time_point when) {
        bool sooner = false;
        {
            runtime::locked hold(mutex_);
            if (remove(*t) == 0) registry::timers(+1);
            t->when_ = when;
            t->scheduled_ = true;
            entries_.insert({when, t.get()});
            sooner = when < wakes_at_;
            if (sooner) wakes_at_ = when;
        }
        start();
        if (sooner) wake();
    }

    bool cancel(timed& t) noexcept {
        {
            runtime::locked hold(mutex_);
            if (remove(t) == 0) return false;
        }
        registry::timers(-1);
        return true;
    }

    void start() {
        if (started_.exchange(true, std::memory_order_relaxed)) return;
        std::thread(&agenda::run, this).detach();
    }

    bool idle() noexcept {
        runtime::locked hold(mutex_);
        return entries_.empty() && !fires_;
    }

    bool started() const noexcept { return started_.load(std::memory_order_relaxed); }

    void wake() noexcept {
        news_.fetch_add(1, std::memory_order_release);
        runtime::futex_wake_one(news_);
    }

    std::atomic<bool> quit{false};
    std::atomic<bool> suspicious{false};

private:
    std::size_t remove(timed& t) noexcept {
        if (!t.scheduled_) return 0;
        t.scheduled_ = false;
        return entries_.erase({t.when_, &t});
    }

    // Fires the first entry if it is due. Tells when to come back otherwise: not later than was
    // planned before, so that timeouts that are set and cancelled again and again, the usual ones,
    // do not wake the thread each time.
    time_point fire_first() {
        std::shared_ptr<timed> keep;
        time_point when;
        {
            runtime::locked hold(mutex_);
            const time_point now = std::chrono::steady_clock::now();
            if (wakes_at_ <= now) wakes_at_ = time_point::max();
            if (entries_.empty()) return wakes_at_;
            when = entries_.begin()->first;
            if (when > now) return wakes_at_ = std::min(wakes_at_, when);
            keep = entries_.begin()->second->weak_from_this().lock();
            if (keep == nullptr) return time_point::min();  // its destructor is about to remove it
            remove(*keep);
            fires_ = true;
        }
        keep->due(when);
        keep.reset();
        registry::timers(-1);
        runtime::locked hold(mutex_);
        fires_ = false;
        return time_point::min();
    }

    [[noreturn]] void run() {
        pthread_setname_np(pthread_self(), "braid-clock");
        // What it fires may start tasks and wake others; that makes it nobody who could run.
        runtime::parker_pool::make_current(&runtime::parker_pool::take(
            registry::clock_id, registry::begin({.id = registry::clock_id})));
        for (;;) {
            const std::uint32_t news = news_.load(std::memory_order_acquire);
            time_point next = fire_first();
            if (quit.load(std::memory_order_relaxed)) reports::die_with_table();
            // Cleared before the look, or one that is asked for meanwhile would be lost. A thread
            // that is still ending, or that the user has only just made, looks like one that might
            // wake somebody: then look again until it is settled one way or the other.
            if (suspicious.exchange(false, std::memory_order_relaxed) &&
                reports::look_for_deadlock()) {
                suspicious.store(true, std::memory_order_relaxed);
                next = std::min(next,
                                std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
            }
            if (next == time_point::max())
                runtime::futex_wait(news_, news);
            else if (next != time_point::min())
                runtime::futex_wait_until(news_, news, next);
        }
    }

    runtime::lock mutex_;
    std::set<std::pair<time_point, timed*>> entries_;
    time_point wakes_at_ = time_point::max();  // the service thread, if nobody wakes it
    bool fires_ = false;
    runtime::futex_word news_{0};
    std::atomic<bool> started_{false};
};

namespace {

// Never destroyed: the service thread may outlive every static object.
agenda& the_agenda() {
    static auto* const a = new agenda;
    return *a;
}

}  // namespace

timed::~timed() { cancel(*this); }

void schedule(const std::shared_ptr<timed>& t, time_point when) { the_agenda().schedule(t, when); }
bool cancel(timed& t) noexcept { return the_agenda().cancel(t); }
void start() { the_agenda().start(); }
bool idle() noexcept { return the_agenda().idle(); }
int threads() noexcept { return the_agenda().started() ? 1 : 0; }

void look() noexcept {
    the_agenda().suspicious.store(true, std::memory_order_relaxed);
    the_agenda().start();
    the_agenda().wake();
}

void quit_requested() noexcept {
    the_agenda().quit.store(true, std::memory_order_relaxed);
    the_agenda().wake();
}

}  // namespace braid::clock
