// What a pool costs, alone and shared, beside what people take instead: an allocation each time,
// and the textbook's pool with one mutex and one list. Names end in the number of threads.
#include <benchmark/benchmark.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "patterns/pool/pool.hpp"

namespace {

using braid::pool;

constexpr std::size_t size = 4096;

// What one user does with a buffer: a little, so that the rest shows.
void use(std::string& buffer) {
    buffer.append(100, 'x');
    benchmark::DoNotOptimize(buffer.data());
}

std::string make() {
    std::string buffer;
    buffer.reserve(size);
    return buffer;
}
void reset(std::string& buffer) { buffer.clear(); }

// The textbook's: right, and every task waits for the same lock.
class textbook {
public:
    std::unique_ptr<std::string> get() {
        {
            const std::scoped_lock lock(mutex_);
            if (!free_.empty()) {
                auto reused = std::move(free_.back());
                free_.pop_back();
                return reused;
            }
        }
        return std::make_unique<std::string>(make());
    }
    void put(std::unique_ptr<std::string> buffer) {
        reset(*buffer);
        const std::scoped_lock lock(mutex_);
        free_.push_back(std::move(buffer));
    }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<std::string>> free_;
};

// Go's BenchmarkPool: get and put, all threads on one pool.
void loan(benchmark::State& state) {
    static pool<std::string> buffers(make, reset);
    for (auto _ : state) use(*buffers.loan());
}
BENCHMARK(loan)->Name("get_put<pool>")->Threads(1)->Threads(2)->UseRealTime();

// broken/not_reset.cpp: what the reset costs that it leaves out.
void loan_not_reset(benchmark::State& state) {
    static pool<std::string> buffers(make);
    for (auto _ : state) {
        const auto buffer = buffers.loan();
        if (buffer->size() > size - 100) buffer->clear();  // or it would grow without end
        use(*buffer);
    }
}
BENCHMARK(loan_not_reset)->Name("get_put<pool, not reset>")->Threads(1)->Threads(2)->UseRealTime();

void textbook_get_put(benchmark::State& state) {
    static textbook buffers;
    for (auto _ : state) {
        auto buffer = buffers.get();
        use(*buffer);
        buffers.put(std::move(buffer));
    }
}
BENCHMARK(textbook_get_put)->Name("get_put<textbook>")->Threads(1)->Threads(2)->UseRealTime();

void allocate(benchmark::State& state) {
    for (auto _ : state) use(*std::make_unique<std::string>(make()));
}
BENCHMARK(allocate)->Name("new_delete")->Threads(1)->Threads(2)->UseRealTime();

void on_the_stack(benchmark::State& state) {  // one buffer for the whole loop: no pool is cheaper
    std::string buffer = make();
    for (auto _ : state) {
        use(buffer);
        reset(buffer);
    }
}
BENCHMARK(on_the_stack)->Name("reused_in_the_loop")->Threads(1)->Threads(2)->UseRealTime();

// Go's BenchmarkPoolGetEmpty: nothing is ever put.
void get_empty(benchmark::State& state) {
    static pool<int> empty;
    for (auto _ : state) benchmark::DoNotOptimize(empty.try_get());
}
BENCHMARK(get_empty)->Name("try_get_empty<pool>")->Threads(1)->Threads(2)->UseRealTime();

// Go's BenchmarkPoolOverflow and PoolStarvation: more than a worker's cache holds, and less than is
// asked for.
void many(benchmark::State& state) {
    static pool<int> numbers;
    const auto kept = static_cast<std::size_t>(state.range(0));
    std::vector<braid::pooled<int>> mine(100);
    for (auto _ : state) {
        for (auto& n : mine) n = numbers.get();
        for (std::size_t i = 0; i < mine.size(); ++i) {
            if (i < kept)
                numbers.put(std::move(mine[i]));
            else
                mine[i].reset();
        }
    }
    state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(many)->Name("overflow<pool>")->Arg(100)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(many)->Name("starvation<pool>")->Arg(67)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
