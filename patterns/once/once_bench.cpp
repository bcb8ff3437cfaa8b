// What a once costs when all is done, which is nearly always: one load. Beside the means of the
// language and the library, right and broken, and with what one would do without them. Names end in
// the number of threads.
#include <benchmark/benchmark.h>

#include <mutex>

#include "patterns/once/once_value.hpp"

namespace {

// Each of these loads a number once, and then returns it.
struct braid_once {
    int get() {
        loaded.call([this] { number = 42; });
        return number;
    }
    braid::once loaded;
    int number = 0;
};

struct braid_once_value {
    int get() { return number(); }
    braid::once_value<int> number{[] { return 42; }};
};

struct std_call_once {
    int get() {
        std::call_once(loaded, [this] { number = 42; });
        return number;
    }
    std::once_flag loaded;
    int number = 0;
};

struct static_local {
    int get() {
        static const int number = [this] { return start + 42; }();
        return number;
    }
    int start = 0;
};

struct always_locked {
    int get() {
        const std::scoped_lock lock(mutex);
        if (!loaded) {
            number = 42;
            loaded = true;
        }
        return number;
    }
    std::mutex mutex;
    bool loaded = false;
    int number = 0;
};

// broken/double_check_on_a_plain_flag.cpp
struct broken_plain_flag {
    int get() {
        if (!loaded) {
            const std::scoped_lock lock(mutex);
            if (!loaded) {
                number = 42;
                loaded = true;
            }
        }
        return number;
    }
    std::mutex mutex;
    bool loaded = false;
    int number = 0;
};

// Go's Once and OnceValue: the calls after the first.
template <class Lazy>
void repeated_call(benchmark::State& state) {
    static Lazy lazy;
    lazy.get();
    for (auto _ : state) {
        benchmark::DoNotOptimize(lazy.get());
        benchmark::ClobberMemory();
    }
}
BENCHMARK(repeated_call<braid_once>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(repeated_call<braid_once_value>)->Threads(1)->UseRealTime();
BENCHMARK(repeated_call<std_call_once>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(repeated_call<static_local>)->Threads(1)->UseRealTime();
BENCHMARK(repeated_call<always_locked>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(repeated_call<broken_plain_flag>)->Threads(1)->UseRealTime();

// Made, called the first time, destroyed. Go's v=Make, and the call.
template <class Lazy>
void first_call(benchmark::State& state) {
    for (auto _ : state) {
        Lazy lazy;
        benchmark::DoNotOptimize(lazy.get());
    }
}
BENCHMARK(first_call<braid_once>);
BENCHMARK(first_call<braid_once_value>);
BENCHMARK(first_call<std_call_once>);

}  // namespace
