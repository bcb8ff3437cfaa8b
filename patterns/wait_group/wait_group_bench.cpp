// What a wait group costs: its counter, alone and shared, and a round of tasks; beside what the
// standard library has, and the textbook's way, right and broken. Names end in the number of
// threads.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <cstddef>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

#include "patterns/wait_group/wait_group.hpp"

namespace {

using braid::wait_group;

// The textbook's wait group. With `after_unlock` it is broken/destroyed_in_done.cpp, which is said
// to be faster.
template <bool after_unlock>
class textbook {
public:
    void add(std::ptrdiff_t n) {
        std::unique_lock lock(mutex_);
        const bool last = (count_ += n) == 0;
        if constexpr (after_unlock) lock.unlock();
        if (last) all_done_.notify_all();
    }
    void done() { add(-1); }
    void wait() {
        std::unique_lock lock(mutex_);
        all_done_.wait(lock, [&] { return count_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable all_done_;
    std::ptrdiff_t count_ = 0;
};
using textbook_right = textbook<false>;
using textbook_broken = textbook<true>;

// Go's WaitGroupUncontended: a group of one's own, and nobody to wait for.
template <class Group>
void add_done_wait(benchmark::State& state) {
    struct alignas(128) {
        Group group;
    } mine;
    for (auto _ : state) {
        mine.group.add(1);
        mine.group.done();
        mine.group.wait();
    }
}
BENCHMARK(add_done_wait<wait_group>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(add_done_wait<textbook_right>)->Threads(1)->UseRealTime();
BENCHMARK(add_done_wait<textbook_broken>)->Threads(1)->UseRealTime();

void make_count_down_wait(benchmark::State& state) {  // a latch is good for one round
    for (auto _ : state) {
        std::latch latch(1);
        benchmark::DoNotOptimize(latch);
        latch.count_down();
        latch.wait();
    }
}
BENCHMARK(make_count_down_wait)->Name("make_count_down_wait<std::latch>")->UseRealTime();

// Go's WaitGroupAddDone: all threads count in one group.
template <class Group>
void add_done(benchmark::State& state) {
    static Group shared;
    for (auto _ : state) {
        shared.add(1);
        shared.done();
    }
}
BENCHMARK(add_done<wait_group>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(add_done<textbook_right>)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(add_done<textbook_broken>)->Threads(1)->Threads(2)->UseRealTime();

// A round of tasks that do nothing: what it takes to start them and to wait for them all.
constexpr int tasks = 8;

void round_of_tasks_go(benchmark::State& state) {
    for (auto _ : state) {
        wait_group wg;
        for (int i = 0; i < tasks; ++i) wg.go([] {});
        wg.wait();
    }
}
BENCHMARK(round_of_tasks_go)->Name("8_tasks<wait_group::go>")->UseRealTime();

void round_of_tasks_join(benchmark::State& state) {
    for (auto _ : state) {
        std::vector<braid::task> all;
        all.reserve(tasks);
        for (int i = 0; i < tasks; ++i) all.push_back(braid::go([] {}));
        for (auto& t : all) t.join();
    }
}
BENCHMARK(round_of_tasks_join)->Name("8_tasks<task::join>")->UseRealTime();

void round_of_threads(benchmark::State& state) {
    for (auto _ : state) {
        std::vector<std::thread> all;
        all.reserve(tasks);
        for (int i = 0; i < tasks; ++i) all.emplace_back([] {});
        for (auto& t : all) t.join();
    }
}
BENCHMARK(round_of_threads)->Name("8_tasks<std::thread::join>")->UseRealTime();

void round_of_threads_latch(benchmark::State& state) {
    for (auto _ : state) {
        std::latch latch(tasks);
        std::vector<std::thread> all;
        all.reserve(tasks);
        for (int i = 0; i < tasks; ++i) all.emplace_back([&] { latch.count_down(); });
        latch.wait();
        for (auto& t : all) t.join();  // or a thread may still be in count_down: I3
    }
}
BENCHMARK(round_of_threads_latch)->Name("8_tasks<std::thread, std::latch>")->UseRealTime();

}  // namespace
