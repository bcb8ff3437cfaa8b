// What it costs to hand a job to a pool, against a pool by hand, a task for each job, and a plain
// loop. The time of a round is divided by its jobs. Names end in the number of workers.
#include <benchmark/benchmark.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "patterns/worker_pool/rate_limiter.hpp"
#include "patterns/worker_pool/worker_pool.hpp"

using namespace braid;

namespace {

constexpr std::size_t queue = 64;

// What a worker does with a job: so many steps that depend on each other, about 1 ns each.
unsigned work(unsigned v, std::int64_t steps) {
    for (std::int64_t i = 0; i < steps; ++i) v = v * 1664525U + 1013904223U;
    return v;
}

// Few where each takes long, so that a round takes some milliseconds.
unsigned jobs_for(std::int64_t steps) { return steps < 1000 ? 5000 : 500; }

void count_jobs(benchmark::State& state, unsigned jobs) {
    state.counters["job"] = benchmark::Counter(
        jobs, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// The textbook's pool: a queue of functions, a mutex, two condition variables.
// Broken, submit looks at the flag before it locks: broken/submit_behind_the_stop.cpp. It runs here
// because this bench submits no more when it drains.
template <bool broken>
class textbook {
public:
    textbook(std::size_t workers, std::size_t room) : room_(room) {
        for (std::size_t i = 0; i < workers; ++i) workers_.emplace_back([this] { take(); });
    }
    bool submit(std::function<void()> job) {
        if (broken && !open_) return false;
        std::unique_lock lock(mutex_);
        has_room_.wait(lock, [&] { return jobs_.size() < room_ || !open_; });
        if (!broken && !open_) return false;
        jobs_.push_back(std::move(job));
        lock.unlock();
        has_jobs_.notify_one();
        return true;
    }
    void drain() {
        {
            const std::scoped_lock lock(mutex_);
            open_ = false;
        }
        has_jobs_.notify_all();
        has_room_.notify_all();
        for (auto& w : workers_) w.join();
    }

private:
    void take() {
        std::unique_lock lock(mutex_);
        for (;;) {
            has_jobs_.wait(lock, [&] { return !jobs_.empty() || !open_; });
            if (jobs_.empty()) return;
            const auto job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            has_room_.notify_one();
            job();
            lock.lock();
        }
    }

    const std::size_t room_;
    std::mutex mutex_;
    std::condition_variable has_jobs_, has_room_;
    std::deque<std::function<void()>> jobs_;
    std::atomic<bool> open_{true};
    std::vector<std::thread> workers_;
};

void plain_loop(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const unsigned jobs = jobs_for(steps);
    for (auto _ : state)
        for (unsigned j = 0; j < jobs; ++j) benchmark::DoNotOptimize(work(j, steps));
    count_jobs(state, jobs);
}

void pool_without_results(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const unsigned jobs = jobs_for(steps);
    const auto workers = static_cast<std::size_t>(state.range(1));
    for (auto _ : state) {
        worker_pool<unsigned> pool(
            background(), {.workers = workers, .queue = queue},
            [steps](unsigned j) { benchmark::DoNotOptimize(work(j, steps)); });
        for (unsigned j = 0; j < jobs; ++j)
            if (!pool.submit(background(), j)) state.SkipWithError("refused");
        pool.drain();
    }
    count_jobs(state, jobs);
}

void pool_with_results(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const unsigned jobs = jobs_for(steps);
    const auto workers = static_cast<std::size_t>(state.range(1));
    for (auto _ : state) {
        worker_pool<unsigned, unsigned> pool(background(),
                                             {.workers = workers, .queue = queue, .results = queue},
                                             [steps](unsigned j) { return work(j, steps); });
        task feeder = go([&] {
            for (unsigned j = 0; j < jobs; ++j)
                if (!pool.submit(background(), j)) state.SkipWithError("refused");
            pool.close();
        });
        unsigned sum = 0;
        for (const unsigned v : pool.results()) sum += v;
        pool.drain();
        benchmark::DoNotOptimize(sum);
    }
    count_jobs(state, jobs);
}

template <bool broken>
void by_hand(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const unsigned jobs = jobs_for(steps);
    for (auto _ : state) {
        textbook<broken> pool(static_cast<std::size_t>(state.range(1)), queue);
        for (unsigned j = 0; j < jobs; ++j)
            pool.submit([=] { benchmark::DoNotOptimize(work(j, steps)); });
        pool.drain();
    }
    count_jobs(state, jobs);
}

// "A pool that starts a task for each job" is bounded here, but pays for each start.
void task_for_each_job(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const unsigned jobs = jobs_for(steps);
    for (auto _ : state) {
        error_group group;
        group.set_limit(static_cast<std::ptrdiff_t>(state.range(1)));
        for (unsigned j = 0; j < jobs; ++j)
            group.go([=] { benchmark::DoNotOptimize(work(j, steps)); });
        group.wait();
    }
    count_jobs(state, jobs);
}

void make_and_drain(benchmark::State& state) {
    const auto workers = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        worker_pool<int> pool(background(), {.workers = workers}, [](int) {});
        pool.drain();
    }
}

// A limit that is never reached: what the look costs.
void rate_limiter_wait(benchmark::State& state) {
    static rate_limiter limit(std::chrono::nanoseconds(1), 1'000'000);
    const context ctx = background();
    for (auto _ : state) benchmark::DoNotOptimize(limit.wait(ctx));
}

const std::vector<std::string> names{"steps", "workers"};
BENCHMARK(plain_loop)->ArgName("steps")->Arg(0)->Arg(10'000)->UseRealTime()->MinTime(0.2);
BENCHMARK(pool_without_results)
    ->ArgNames(names)
    ->ArgsProduct({{0, 10'000}, {1, 2, 8}})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK(pool_with_results)
    ->ArgNames(names)
    ->ArgsProduct({{0, 10'000}, {1, 2, 8}})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK(by_hand<false>)
    ->Name("textbook_right")
    ->ArgNames(names)
    ->ArgsProduct({{0, 10'000}, {1, 2, 8}})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK(by_hand<true>)
    ->Name("textbook_broken")
    ->ArgNames(names)
    ->ArgsProduct({{0}, {1, 2, 8}})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK(task_for_each_job)
    ->ArgNames(names)
    ->ArgsProduct({{0, 10'000}, {2}})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK(make_and_drain)->ArgName("workers")->Arg(2)->Arg(8)->UseRealTime()->MinTime(0.2);
BENCHMARK(rate_limiter_wait)->Threads(1)->Threads(2)->UseRealTime()->MinTime(0.2);

}  // namespace
