// What an error group costs more than the tasks in it: beside a wait group, beside what one would
// write by hand, right and broken, and beside std::async.
#include <benchmark/benchmark.h>

#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "patterns/error_group/error_group.hpp"

namespace {

using namespace braid;

constexpr int tasks = 8;

// --- A round of tasks that succeed ---------------------------------------------------------------

void go_without_context(benchmark::State& state) {
    for (auto _ : state) {
        error_group group;
        for (int i = 0; i < tasks; ++i) group.go([] {});
        group.wait();
    }
}
BENCHMARK(go_without_context)->Name("8_tasks<error_group>")->UseRealTime();

void go_with_context(benchmark::State& state) {
    for (auto _ : state) {
        error_group group(background());
        for (int i = 0; i < tasks; ++i) group.go([](const context&) {});
        group.wait();
    }
}
BENCHMARK(go_with_context)->Name("8_tasks<error_group, context>")->UseRealTime();

void go_with_limit(benchmark::State& state) {
    for (auto _ : state) {
        error_group group;
        group.set_limit(2);
        for (int i = 0; i < tasks; ++i) group.go([] {});
        group.wait();
    }
}
BENCHMARK(go_with_limit)->Name("8_tasks<error_group, limit 2>")->UseRealTime();

void only_wait(benchmark::State& state) {
    for (auto _ : state) {
        wait_group group;
        for (int i = 0; i < tasks; ++i) group.go([] {});
        group.wait();
    }
}
BENCHMARK(only_wait)->Name("8_tasks<wait_group>")->UseRealTime();

// By hand: threads, and the first exception. `Lock` is std::mutex, or nothing at all: that is
// broken/shared_error.cpp.
struct no_lock {
    void lock() {}
    void unlock() {}
};

template <class Lock>
void by_hand(benchmark::State& state) {
    for (auto _ : state) {
        Lock lock;
        std::exception_ptr first;
        std::vector<std::thread> all;
        all.reserve(tasks);
        for (int i = 0; i < tasks; ++i)
            all.emplace_back([&] {
                const std::scoped_lock hold(lock);
                benchmark::DoNotOptimize(first);
            });
        for (auto& t : all) t.join();
    }
}
BENCHMARK(by_hand<std::mutex>)->Name("8_tasks<std::thread, std::mutex>")->UseRealTime();
BENCHMARK(by_hand<no_lock>)->Name("8_tasks<std::thread, broken>")->UseRealTime();

void futures(benchmark::State& state) {
    for (auto _ : state) {
        std::vector<std::future<void>> all;
        all.reserve(tasks);
        for (int i = 0; i < tasks; ++i) all.push_back(std::async(std::launch::async, [] {}));
        for (auto& f : all) f.get();
    }
}
BENCHMARK(futures)->Name("8_tasks<std::async>")->UseRealTime();

// --- The first of a round fails, and the others look
// ----------------------------------------------

void stop_by_context(benchmark::State& state) {
    for (auto _ : state) {
        error_group group(background());
        group.go([] { throw std::runtime_error("first"); });
        for (int i = 1; i < tasks; ++i) group.go([](const context& ctx) { ctx.done().receive(); });
        try {
            group.wait();
        } catch (const std::runtime_error&) {
        }
    }
}
BENCHMARK(stop_by_context)->Name("8_tasks_of_which_1_fails<error_group>")->UseRealTime();

void stop_by_flag(benchmark::State& state) {
    for (auto _ : state) {
        std::atomic<bool> stop{false};
        std::mutex lock;
        std::exception_ptr first;
        std::vector<std::thread> all;
        all.emplace_back([&] {
            try {
                throw std::runtime_error("first");
            } catch (...) {
                const std::scoped_lock hold(lock);
                if (first == nullptr) first = std::current_exception();
            }
            stop = true;
            stop.notify_all();
        });
        for (int i = 1; i < tasks; ++i) all.emplace_back([&] { stop.wait(false); });
        for (auto& t : all) t.join();
        try {
            std::rethrow_exception(first);
        } catch (const std::runtime_error&) {
        }
    }
}
BENCHMARK(stop_by_flag)->Name("8_tasks_of_which_1_fails<std::thread, std::atomic>")->UseRealTime();

// --- A full group --------------------------------------------------------------------------------

// Alone, and by two threads at once.
void refused(benchmark::State& state) {
    static error_group full;
    if (state.thread_index() == 0) full.set_limit(0);
    for (auto _ : state) benchmark::DoNotOptimize(full.try_go([] {}));
}
BENCHMARK(refused)->Name("try_go_on_a_full_group")->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
