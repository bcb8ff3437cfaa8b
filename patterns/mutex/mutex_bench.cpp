// What a lock costs: alone, between two threads, and as a reader among readers; beside the locks of
// the standard library. Names end in the number of threads.
#include <benchmark/benchmark.h>

#include <mutex>
#include <shared_mutex>

#include "patterns/mutex/mutex.hpp"
#include "patterns/mutex/rw_mutex.hpp"

namespace {

// The lock and what it guards, away from the data of others.
template <class Lock>
struct alignas(128) guarded {
    Lock lock;
    long value = 0;
};

template <class Lock>
guarded<Lock> shared;

// One lock, `threads` tasks in a tight loop: the worst that can be done to it.
template <class Lock>
void lock_unlock(benchmark::State& state) {
    auto& g = shared<Lock>;
    for (auto _ : state) {
        std::scoped_lock hold(g.lock);
        ++g.value;
    }
}
BENCHMARK(lock_unlock<braid::mutex>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(lock_unlock<std::mutex>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(lock_unlock<braid::rw_mutex>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(lock_unlock<std::shared_mutex>)->Threads(1)->Threads(2)->UseRealTime();

// As much work outside the lock as in Go's MutexWork.
template <class Lock>
void lock_work_unlock(benchmark::State& state) {
    auto& g = shared<Lock>;
    long work = 1;
    for (auto _ : state) {
        {
            std::scoped_lock hold(g.lock);
            ++g.value;
        }
        for (int i = 0; i < 100; ++i) benchmark::DoNotOptimize(work = work * 3 / 2 + i);
    }
}
BENCHMARK(lock_work_unlock<braid::mutex>)->Threads(2)->UseRealTime();
BENCHMARK(lock_work_unlock<std::mutex>)->Threads(2)->UseRealTime();

// Readers only.
template <class Lock>
void read(benchmark::State& state) {
    auto& g = shared<Lock>;
    for (auto _ : state) {
        std::shared_lock hold(g.lock);
        benchmark::DoNotOptimize(g.value);
    }
}
BENCHMARK(read<braid::rw_mutex>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(read<std::shared_mutex>)->Threads(1)->Threads(2)->UseRealTime();

// One write for nine reads.
template <class Lock>
void read_and_write(benchmark::State& state) {
    auto& g = shared<Lock>;
    for (long i = 0; auto _ : state) {
        if (++i % 10 == 0) {
            std::scoped_lock hold(g.lock);
            ++g.value;
        } else {
            std::shared_lock hold(g.lock);
            benchmark::DoNotOptimize(g.value);
        }
    }
}
BENCHMARK(read_and_write<braid::rw_mutex>)->Threads(2)->UseRealTime();
BENCHMARK(read_and_write<std::shared_mutex>)->Threads(2)->UseRealTime();

// The remedies for AB-BA, and the broken form, which comes to no harm as long as one thread uses
// it.
template <class Lock>
void two_nested_guards(benchmark::State& state) {
    guarded<Lock> a, b;
    for (auto _ : state) {
        std::scoped_lock first(a.lock);
        std::scoped_lock second(b.lock);
        benchmark::DoNotOptimize(++a.value);
    }
}
template <class Lock>
void one_guard_of_two(benchmark::State& state) {
    guarded<Lock> a, b;
    for (auto _ : state) {
        std::scoped_lock both(a.lock, b.lock);
        benchmark::DoNotOptimize(++a.value);
    }
}
BENCHMARK(two_nested_guards<braid::mutex>);
BENCHMARK(one_guard_of_two<braid::mutex>);

}  // namespace
