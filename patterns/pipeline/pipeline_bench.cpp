// What it costs to pass items through a pipeline of three stages, against the same by hand and
// against a plain loop. The time is that of one item.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "patterns/pipeline/pipeline.hpp"

using namespace braid;

namespace {

// What a stage does with an item: so many steps that depend on each other, about 1 ns each.
int work(int v, std::int64_t steps) {
    auto x = static_cast<unsigned>(v);
    for (std::int64_t i = 0; i < steps; ++i) x = x * 1664525U + 1013904223U;
    return static_cast<int>(x);
}

// Few where each takes long, so that a round takes some milliseconds.
int items_for(std::int64_t steps) { return steps < 1000 ? 5000 : 500; }

void count_items(benchmark::State& state, int items) {
    state.counters["item"] = benchmark::Counter(
        items, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void plain_loop(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const int items = items_for(steps);
    for (auto _ : state) {
        int sum = 0;
        for (int i = 0; i < items; ++i) sum += work(work(i, steps), steps);
        benchmark::DoNotOptimize(sum);
    }
    count_items(state, items);
}

void pipeline(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const int items = items_for(steps);
    const stage_options options{.capacity = static_cast<std::size_t>(state.range(1))};
    const auto step = [steps](int v) { return work(v, steps); };
    const auto count = [items](const context& ctx, const output<int>& out) {
        for (int i = 0; i < items; ++i)
            if (!out.send(ctx, i)) return;
    };
    for (auto _ : state) {
        error_group group(background());
        const auto in = source<int>(group, count, options);
        const auto out = transform(group, transform(group, in, step, options), step, options);
        int sum = 0;
        for (const int v : out) sum += v;
        group.wait();
        benchmark::DoNotOptimize(sum);
    }
    count_items(state, items);
}

// What one would write without channels: a queue with a bound, and a thread for each stage. It has
// no cancel: a consumer that leaves early hangs.
class bounded_queue {
public:
    explicit bounded_queue(std::size_t capacity) : capacity_(capacity) {}

    void push(std::optional<int> v) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return queue_.size() < capacity_; });
        queue_.push_back(v);
        values_.notify_one();
    }

    std::optional<int> pop() {
        std::unique_lock lock(mutex_);
        values_.wait(lock, [&] { return !queue_.empty(); });
        const std::optional<int> v = queue_.front();
        queue_.pop_front();
        room_.notify_one();
        return v;
    }

private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable values_;
    std::deque<std::optional<int>> queue_;  // nothing: the end
};

void threads_and_queues(benchmark::State& state) {
    const std::int64_t steps = state.range(0);
    const int items = items_for(steps);
    const auto capacity = static_cast<std::size_t>(state.range(1));
    for (auto _ : state) {
        bounded_queue first(capacity), second(capacity), third(capacity);
        const auto stage = [steps](bounded_queue& in, bounded_queue& out) {
            while (const auto v = in.pop()) out.push(work(*v, steps));
            out.push(std::nullopt);
        };
        std::thread source([&] {
            for (int i = 0; i < items; ++i) first.push(i);
            first.push(std::nullopt);
        });
        std::thread one([&] { stage(first, second); });
        std::thread two([&] { stage(second, third); });
        int sum = 0;
        while (const auto v = third.pop()) sum += *v;
        source.join();
        one.join();
        two.join();
        benchmark::DoNotOptimize(sum);
    }
    count_items(state, items);
}

// I4: what it costs to give away a text of 4 kB, and what the broken program saves by not doing so.
enum class gives { a_copy, the_text_itself, a_pointer_to_its_buffer };

template <gives Form>
void texts(benchmark::State& state) {
    using element =
        std::conditional_t<Form == gives::a_pointer_to_its_buffer, const std::string*, std::string>;
    constexpr int items = 5000;
    for (auto _ : state) {
        std::string buffer;
        error_group group(background());
        const auto read = [&](const context& ctx, const output<element>& out) {
            for (int i = 0; i < items; ++i) {
                bool sent = false;
                if constexpr (Form == gives::the_text_itself) {
                    sent = out.send(ctx, std::string(4096, 'x'));
                } else if constexpr (Form == gives::a_copy) {
                    buffer.assign(4096, 'x');
                    sent = out.send(ctx, buffer);
                } else {
                    buffer.assign(4096, 'x');  // races with the consumer
                    sent = out.send(ctx, &buffer);
                }
                if (!sent) return;
            }
        };
        std::size_t sum = 0;
        for (const element& text : source<element>(group, read, {.capacity = 64}))
            if constexpr (Form == gives::a_pointer_to_its_buffer)
                sum += text->size();
            else
                sum += text.size();
        group.wait();
        benchmark::DoNotOptimize(sum);
    }
    count_items(state, items);
}

// The steps of work at each stage, and the capacity of the channels.
BENCHMARK(plain_loop)->ArgName("steps")->Arg(0)->Arg(10'000)->UseRealTime()->MinTime(0.2);
BENCHMARK(pipeline)
    ->ArgNames({"steps", "capacity"})
    ->ArgsProduct({{0, 10'000}, {0, 1, 64}})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK(threads_and_queues)
    ->ArgNames({"steps", "capacity"})
    ->ArgsProduct({{0, 10'000}, {1, 64}})
    ->UseRealTime()
    ->MinTime(0.2);
BENCHMARK_TEMPLATE(texts, gives::a_copy)->UseRealTime()->MinTime(0.2);
BENCHMARK_TEMPLATE(texts, gives::the_text_itself)->UseRealTime()->MinTime(0.2);
BENCHMARK_TEMPLATE(texts, gives::a_pointer_to_its_buffer)->UseRealTime()->MinTime(0.2);

}  // namespace
