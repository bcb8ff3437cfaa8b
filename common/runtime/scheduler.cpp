#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include "common/runtime/worker.hpp"

namespace braid::runtime {

void chain::push(fiber& f) noexcept {
    f.next = nullptr;
    (last != nullptr ? last->next : first) = &f;
    last = &f;
    ++size;
}

fiber* chain::pop() noexcept {
    fiber* const f = first;
    if (f == nullptr) return nullptr;
    first = f->next;
    if (first == nullptr) last = nullptr;
    --size;
    return f;
}

void shared_queue::push(const chain& some) noexcept {
    locked hold(mutex_);
    (all_.last != nullptr ? all_.last->next : all_.first) = some.first;
    all_.last = some.last;
    all_.size += some.size;
    size_.store(all_.size, std::memory_order_seq_cst);
}

chain shared_queue::pop(std::size_t most) noexcept {
    if (empty()) return {};
    locked hold(mutex_);
    chain some;
    if (all_.size <= most)
        some = std::exchange(all_, {});
    else
        while (some.size < most) some.push(*all_.pop());
    size_.store(all_.size, std::memory_order_relaxed);
    return some;
}

scheduler::scheduler(std::size_t workers) : migrates_(std::getenv("BRAID_MIGRATE") != nullptr) {
    for (std::size_t i = 0; i < workers; ++i)
        workers_.push_back(std::make_unique<worker>(*this, i));
    for (auto& w : workers_)
        std::thread([&w] {
            pthread_setname_np(pthread_self(), "braid-worker");
            w->run();
        }).detach();
}

void scheduler::inject(fiber& f) noexcept {
    injected_.push(chain(f));
    if (spinning_.load(std::memory_order_seq_cst) == 0) wake_one();
}

void scheduler::wake_one() noexcept {
    news_.fetch_add(1, std::memory_order_seq_cst);
    futex_wake_one(news_);
}

void scheduler::thread_sleeps() noexcept {
    if (sleeping_.load(std::memory_order_seq_cst) == static_cast<int>(size())) wake_one();
}

void scheduler::send_away(fiber& f, std::size_t from) noexcept {
    workers_[(from + 1) % workers_.size()]->take_over(f);
    news_.fetch_add(1, std::memory_order_seq_cst);
    futex_wake_all(news_);
}

bool scheduler::nothing_to_do() const noexcept {
    return injected_.empty() && std::ranges::all_of(workers_, [](auto& w) { return w->idle(); });
}

namespace {

// BRAID_WORKERS, else one for each processor.
std::size_t wanted_workers() {
    const char* const text = std::getenv("BRAID_WORKERS");
    if (text == nullptr) return std::max(1U, std::thread::hardware_concurrency());
    char* end = nullptr;
    const unsigned long n = std::strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || n == 0 || n > 1024) {
        std::fprintf(stderr, "braid: BRAID_WORKERS=%s: must be a number from 1 to 1024\n", text);
        std::_Exit(2);
    }
    return n;
}

constinit std::atomic<std::size_t> started_workers{0};

}  // namespace

std::size_t scheduler::started() noexcept { return started_workers; }

// Never destroyed: its threads may outlive every static object.
scheduler& scheduler::get() {
    static auto* const s = [] {
        const std::size_t n = wanted_workers();
        started_workers = n;
        return new scheduler(n);
    }();
    return *s;
}

}  // namespace braid::runtime
