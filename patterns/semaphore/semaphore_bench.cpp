// What a permit costs, free and fought for: the semaphore, the channel as one, and
// std::counting_semaphore; and the broken check-then-act, as long as one thread uses it. Names end
// in the number of threads.
#include <benchmark/benchmark.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <semaphore>

#include "common/channel.hpp"
#include "patterns/context/context.hpp"
#include "patterns/semaphore/semaphore.hpp"

namespace {

using braid::semaphore;

class channel_of_slots {
public:
    explicit channel_of_slots(std::ptrdiff_t n)
        : slots_(braid::make_channel<braid::unit>(static_cast<std::size_t>(n))) {}
    void acquire() { slots_.send({}); }
    void release() { slots_.receive(); }

private:
    const braid::channel<braid::unit> slots_;
};

// The textbook's, for any number, in no order.
class textbook {
public:
    explicit textbook(std::ptrdiff_t n) : free_(n) {}
    void acquire() {
        std::unique_lock lock(mutex_);
        released_.wait(lock, [&] { return free_ > 0; });
        --free_;
    }
    void release() {
        const std::scoped_lock lock(mutex_);
        ++free_;
        released_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable released_;
    std::ptrdiff_t free_;
};

// broken/looked_then_taken.cpp, and spinning
class looked_then_taken {
public:
    explicit looked_then_taken(std::ptrdiff_t n) : free_(n) {}
    void acquire() {
        while (free_ <= 0) {
        }
        --free_;
    }
    void release() { ++free_; }

private:
    std::atomic<std::ptrdiff_t> free_;
};

using std_semaphore = std::counting_semaphore<>;

// A permit is always free.
template <class Semaphore>
void acquire_release(benchmark::State& state) {
    static Semaphore shared(8);
    for (auto _ : state) {
        shared.acquire();
        shared.release();
    }
}
BENCHMARK(acquire_release<semaphore>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(acquire_release<channel_of_slots>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(acquire_release<std_semaphore>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(acquire_release<textbook>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(acquire_release<looked_then_taken>)->Threads(1)->UseRealTime();

// One permit, two threads: every other acquire has to wait. What strict order costs shows here.
template <class Semaphore>
void one_permit(benchmark::State& state) {
    static Semaphore shared(1);
    for (auto _ : state) {
        shared.acquire();
        shared.release();
    }
}
BENCHMARK(one_permit<semaphore>)->Threads(2)->UseRealTime();
BENCHMARK(one_permit<channel_of_slots>)->Threads(2)->UseRealTime();
BENCHMARK(one_permit<std_semaphore>)->Threads(2)->UseRealTime();
BENCHMARK(one_permit<textbook>)->Threads(2)->UseRealTime();

// What the weight, the context and the guard add.
void hold_two_under_a_context(benchmark::State& state) {
    semaphore s(8);
    const auto ctx = braid::with_cancel(braid::background());
    for (auto _ : state) {
        const auto held = s.hold(ctx, 2);
        benchmark::DoNotOptimize(&held);
    }
}
BENCHMARK(hold_two_under_a_context);

void try_acquire_release(benchmark::State& state) {
    semaphore s(8);
    for (auto _ : state) {
        if (s.try_acquire()) s.release();
    }
}
BENCHMARK(try_acquire_release);

}  // namespace
