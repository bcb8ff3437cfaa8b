#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "common/runtime/worker.hpp"

namespace braid::runtime {

void injection_queue::push(fiber& f) noexcept {
    f.next = nullptr;
    locked hold(mutex_);
    (last_ != nullptr ? last_->next : first_) = &f;
    last_ = &f;
    size_.fetch_add(1, std::memory_order_seq_cst);
}

fiber* injection_queue::pop() noexcept {
    if (empty()) return nullptr;
    locked hold(mutex_);
    fiber* const f = first_;
    if (f == nullptr) return nullptr;
    first_ = f->next;
    if (first_ == nullptr) last_ = nullptr;
    size_.fetch_sub(1, std::memory_order_relaxed);
    return f;
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
    injected_.push(f);
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
