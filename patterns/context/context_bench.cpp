// What a context costs: making one, looking at it, waiting under it, ending it. Beside it stands
// what one would use without it: std::stop_source, or a flag.
#include <benchmark/benchmark.h>

#include <atomic>
#include <stop_token>
#include <vector>

#include "common/select.hpp"
#include "patterns/context/after_func.hpp"

using namespace braid;
using namespace std::chrono_literals;

namespace {

void quick(benchmark::internal::Benchmark* b) { b->MinTime(0.1); }

// --- make and end ---

void make_with_cancel(benchmark::State& state) {
    const auto parent = with_cancel(background());
    for (auto _ : state) {
        const auto child = with_cancel(parent);
        benchmark::DoNotOptimize(&child);
    }
}
BENCHMARK(make_with_cancel)->Apply(quick);

void make_with_timeout(benchmark::State& state) {
    const auto parent = with_cancel(background());
    for (auto _ : state) {
        const auto child = with_timeout(parent, 1h);
        benchmark::DoNotOptimize(&child);
    }
}
BENCHMARK(make_with_timeout)->Apply(quick);

void make_with_value(benchmark::State& state) {
    const auto parent = with_cancel(background());
    for (auto _ : state) {
        const context child = with_value<int>(parent, 1);
        benchmark::DoNotOptimize(&child);
    }
}
BENCHMARK(make_with_value)->Apply(quick);

void make_after_func(benchmark::State& state) {
    const auto ctx = with_cancel(background());
    for (auto _ : state) {
        const auto stop = after_func(ctx, [] {});
        benchmark::DoNotOptimize(&stop);
    }
}
BENCHMARK(make_after_func)->Apply(quick);

void make_std_stop_source(benchmark::State& state) {
    for (auto _ : state) {
        std::stop_source source;
        source.request_stop();
        benchmark::DoNotOptimize(&source);
    }
}
BENCHMARK(make_std_stop_source)->Apply(quick);

// As far as the standard goes towards a child: a source that a callback on the parent's token
// stops.
void make_std_child(benchmark::State& state) {
    std::stop_source parent;
    for (auto _ : state) {
        std::stop_source child;
        const std::stop_callback from_above(parent.get_token(), [&] { child.request_stop(); });
        child.request_stop();
        benchmark::DoNotOptimize(&child);
    }
}
BENCHMARK(make_std_child)->Apply(quick);

// Requests that come in on several threads all derive from the server's context.
void make_under_one_parent(benchmark::State& state) {
    static const auto parent = with_cancel(background());
    for (auto _ : state) {
        const auto child = with_cancel(parent);
        benchmark::DoNotOptimize(&child);
    }
}
BENCHMARK(make_under_one_parent)->Apply(quick)->Threads(1)->Threads(4)->UseRealTime();

// --- look ---

void look_at_err(benchmark::State& state) {
    const auto ctx = with_cancel(background());
    for (auto _ : state) benchmark::DoNotOptimize(ctx.err());
}
BENCHMARK(look_at_err)->Apply(quick);

void look_at_std_stop_token(benchmark::State& state) {
    const std::stop_source source;
    const std::stop_token token = source.get_token();
    for (auto _ : state) benchmark::DoNotOptimize(token.stop_requested());
}
BENCHMARK(look_at_std_stop_token)->Apply(quick);

void look_at_an_atomic(benchmark::State& state) {
    const std::atomic<bool> stop{false};
    for (auto _ : state) benchmark::DoNotOptimize(stop.load(std::memory_order_acquire));
}
BENCHMARK(look_at_an_atomic)->Apply(quick);

// broken/plain_flag.cpp: what the race would save.
void look_at_a_plain_flag(benchmark::State& state) {
    bool stop = false;
    benchmark::DoNotOptimize(&stop);
    for (auto _ : state) {
        benchmark::ClobberMemory();  // or the compiler would look once
        benchmark::DoNotOptimize(stop);
    }
}
BENCHMARK(look_at_a_plain_flag)->Apply(quick);

// All threads look at one context that nobody ends.
void look_at_err_together(benchmark::State& state) {
    static const auto ctx = with_cancel(background());
    for (auto _ : state) benchmark::DoNotOptimize(ctx.err());
}
BENCHMARK(look_at_err_together)->Apply(quick)->Threads(4)->UseRealTime();

struct depth_mark {};
struct sought {};

void look_up_a_value(benchmark::State& state) {
    context ctx = with_value<sought>(background());
    for (std::int64_t i = 1; i < state.range(0); ++i) ctx = with_value<depth_mark>(ctx);
    for (auto _ : state) benchmark::DoNotOptimize(ctx.value<sought>());
}
BENCHMARK(look_up_a_value)->Apply(quick)->Arg(1)->Arg(8)->Arg(64);

// --- wait: a value through a channel with room for it ---

template <class Receive>
void pass(benchmark::State& state, Receive receive) {
    const auto ch = make_channel<int>(1);
    for (auto _ : state) {
        ch.send(1);
        benchmark::DoNotOptimize(receive(ch));
    }
}

void pass_without_context(benchmark::State& state) {
    pass(state, [](const channel<int>& ch) { return *ch.receive(); });
}
BENCHMARK(pass_without_context)->Apply(quick);

void pass_under_a_context(benchmark::State& state) {
    const auto ctx = with_cancel(background());
    pass(state, [&](const channel<int>& ch) { return *ch.receive(ctx); });
}
BENCHMARK(pass_under_a_context)->Apply(quick);

void pass_by_select(benchmark::State& state) {
    const auto ctx = with_cancel(background());
    pass(state, [&](const channel<int>& ch) {
        received<int> r;
        select(receive(ch, r), receive(ctx.done()));
        return *r;
    });
}
BENCHMARK(pass_by_select)->Apply(quick);

// --- end: one cancel, over so many children ---

void cancel_children(benchmark::State& state) {
    for (auto _ : state) {
        state.PauseTiming();
        {
            auto parent = with_cancel(background());
            std::vector<scoped_context> children;
            for (std::int64_t i = 0; i < state.range(0); ++i)
                children.push_back(with_cancel(parent));
            state.ResumeTiming();
            parent.cancel();
            state.PauseTiming();
        }
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(cancel_children)->Apply(quick)->Arg(1)->Arg(100)->Arg(10'000);

}  // namespace
