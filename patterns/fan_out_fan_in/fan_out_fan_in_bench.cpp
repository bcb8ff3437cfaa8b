// What it costs to spread items over tasks and to bring the results together, against the same by
// hand and against a plain loop. The time is that of one item.
#include <benchmark/benchmark.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "patterns/fan_out_fan_in/fan_out_fan_in.hpp"

using namespace braid;

namespace {

// What a worker does with an item: so many steps that depend on each other, about 1 ns each.
unsigned work(int v, std::int64_t steps) {
    auto x = static_cast<unsigned>(v);
    for (std::int64_t i = 0; i < steps; ++i) x = x * 1664525U + 1013904223U;
    return x;
}

// Few where each takes long, so that a round takes some milliseconds.
int items_for(std::int64_t steps) { return steps < 1000 ? 5000 : 500; }

void count_items(benchmark::State& state, int items) {
    state.counters["item"] = benchmark::Counter(
        items, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

receiver<int> numbers(error_group& group, int n) {
    const auto count = [n](const context& ctx, const output<int>& out) {
        for (int i = 0; i < n; ++i)
            if (!out.send(ctx, i)) return;
    };
    return source<int>(group, count, {.capacity = 64});
}

void plain_loop(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const int items = items_for(steps);
    for (auto _ : state) {
        unsigned sum = 0;
        for (int i = 0; i < items; ++i) sum += work(i, steps);
        benchmark::DoNotOptimize(sum);
    }
    count_items(state, items);
}

template <bool Ordered>
void spread(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const int items = items_for(steps);
    const auto workers = static_cast<std::size_t>(state.range(1));
    const auto f = [steps](int v) { return work(v, steps); };
    for (auto _ : state) {
        error_group group(background());
        const auto in = numbers(group, items);
        const auto results = Ordered ? fan_out_ordered(group, in, workers, f, {.capacity = 64})
                                     : fan_out(group, in, workers, f, {.capacity = 64});
        unsigned sum = 0;
        for (const unsigned v : results) sum += v;
        group.wait();
        benchmark::DoNotOptimize(sum);
    }
    count_items(state, items);
}
void as_ready(benchmark::State& state) { spread<false>(state); }
void in_order(benchmark::State& state) { spread<true>(state); }

// A task of its own for each item, as with std::async: no bound, no end but the last one's.
void async_for_each_item(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const int items = items_for(steps);
    for (auto _ : state) {
        std::vector<std::future<unsigned>> results;
        for (int i = 0; i < items; ++i)
            results.push_back(std::async(std::launch::async, work, i, steps));
        unsigned sum = 0;
        for (auto& r : results) sum += r.get();
        benchmark::DoNotOptimize(sum);
    }
    count_items(state, items);
}

// Threads that take the next index of an array: as cheap as it gets, where there is an array.
// How they add up is the other half of the question.
enum class adds { at_its_end, under_a_mutex, without_a_lock };

template <adds How>
void threads(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const int items = items_for(steps);
    for (auto _ : state) {
        std::atomic<int> next{0};
        std::mutex mutex;
        unsigned sum = 0;
        const auto take = [&] {
            unsigned own = 0;
            for (int i = next++; i < items; i = next++) {
                const unsigned result = work(i, steps);
                if constexpr (How == adds::at_its_end) {
                    own += result;
                } else if constexpr (How == adds::under_a_mutex) {
                    const std::lock_guard lock(mutex);
                    sum += result;
                } else {
                    // The data race of broken/shared_accumulator.cpp. The compiler may not keep the
                    // sum in a register here, as it might in the program.
                    benchmark::DoNotOptimize(sum += result);
                }
            }
            const std::lock_guard lock(mutex);
            sum += own;
        };
        std::vector<std::thread> all;
        for (std::int64_t w = 0; w < state.range(1); ++w) all.emplace_back(take);
        for (auto& t : all) t.join();
        benchmark::DoNotOptimize(sum);
    }
    count_items(state, items);
}

// The steps of work for each item, and the workers.
BENCHMARK(plain_loop)->ArgName("steps")->Arg(0)->Arg(10'000)->UseRealTime()->MinTime(0.2);
BENCHMARK(as_ready)
    ->ArgNames({"steps", "workers"})
    ->ArgsProduct({{0, 10'000}, {1, 2, 8}})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK(in_order)
    ->ArgNames({"steps", "workers"})
    ->ArgsProduct({{0, 10'000}, {1, 2, 8}})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK(async_for_each_item)->ArgName("steps")->Arg(0)->Arg(10'000)->UseRealTime()->MinTime(0.2);
BENCHMARK_TEMPLATE(threads, adds::at_its_end)
    ->ArgNames({"steps", "workers"})
    ->Args({0, 2})
    ->Args({10'000, 2})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK_TEMPLATE(threads, adds::under_a_mutex)
    ->ArgNames({"steps", "workers"})
    ->Args({0, 2})
    ->Args({10'000, 2})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK_TEMPLATE(threads, adds::without_a_lock)
    ->ArgNames({"steps", "workers"})
    ->Args({0, 2})
    ->UseRealTime()
    ->MinTime(0.2);

}  // namespace
