// What an owner costs: to start a task, stop it and wait for it, and a step of a loop that can be
// stopped; beside what people take instead. Names end in the number of threads.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "common/select.hpp"
#include "patterns/context/after_func.hpp"
#include "patterns/lifecycle/lifecycle.hpp"

namespace {

using namespace braid;

// --- Start, stop, wait ---------------------------------------------------------------------------

void service_life(benchmark::State& state) {
    for (auto _ : state) service s(background(), [](const context& ctx) { ctx.done().receive(); });
}
BENCHMARK(service_life)->Name("start_stop_wait<service>")->UseRealTime();

void task_life(benchmark::State& state) {
    for (auto _ : state)
        task t = go(background(), [](const context& ctx) { ctx.done().receive(); });
}
BENCHMARK(task_life)->Name("start_stop_wait<go(ctx)>")->UseRealTime();

void jthread_life(benchmark::State& state) {
    for (auto _ : state)
        std::jthread t([](const std::stop_token& stop) {
            std::mutex mutex;
            std::condition_variable_any stopped;
            std::unique_lock lock(mutex);
            stopped.wait(lock, stop, [] { return false; });
        });
}
BENCHMARK(jthread_life)->Name("start_stop_wait<std::jthread>")->UseRealTime();

// --- Work in a loop that can be stopped ----------------------------------------------------------

// What comes in, one at a time, from a channel that always has some.
template <class Step>
void loop(benchmark::State& state, Step step) {
    const auto jobs = make_channel<int>(1);
    for (auto _ : state) {
        jobs.send(1);
        benchmark::DoNotOptimize(step(jobs));
    }
}

void loop_context(benchmark::State& state) {
    const scoped_context ctx = with_cancel(background());
    loop(state, [&](const channel<int>& jobs) { return jobs.receive(ctx).value; });
}
BENCHMARK(loop_context)->Name("step<receive(ctx)>")->UseRealTime();

void loop_select(benchmark::State& state) {
    const scoped_context ctx = with_cancel(background());
    loop(state, [&](const channel<int>& jobs) {
        received<int> r;
        select(receive(ctx.done()), receive(jobs, r));
        return r.value;
    });
}
BENCHMARK(loop_select)->Name("step<select with done>")->UseRealTime();

// broken/stop_not_heard.cpp: what one saves by not listening.
void loop_deaf(benchmark::State& state) {
    loop(state, [](const channel<int>& jobs) { return jobs.receive().value; });
}
BENCHMARK(loop_deaf)->Name("step<receive(), deaf>")->UseRealTime();

// A loop that only computes has to look, now and then.
void look_context(benchmark::State& state) {
    const scoped_context ctx = with_cancel(background());
    for (auto _ : state) benchmark::DoNotOptimize(static_cast<bool>(ctx.err()));
}
BENCHMARK(look_context)->Name("look<ctx.err()>")->Threads(1)->Threads(2)->UseRealTime();

void look_stop_token(benchmark::State& state) {
    const std::stop_source source;
    const std::stop_token stop = source.get_token();
    for (auto _ : state) benchmark::DoNotOptimize(stop.stop_requested());
}
BENCHMARK(look_stop_token)->Name("look<std::stop_token>")->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
