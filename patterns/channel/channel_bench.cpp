// What a channel costs: the core's, the textbook's, and what one would write without either.
#include <benchmark/benchmark.h>

#include <deque>
#include <thread>
#include <vector>

#include "common/task.hpp"
#include "patterns/channel/channel.hpp"

namespace {

// Senders and receivers on one condition variable, as in broken/one_condition_variable.cpp, but
// repaired the other way: by waking everybody. (The broken one hangs within thousands of values.)
class one_condition_variable {
public:
    explicit one_condition_variable(std::size_t capacity) : capacity_(capacity) {}

    void send(int value) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return queue_.size() < capacity_; });
        queue_.push_back(value);
        changed_.notify_all();
    }

    int receive() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !queue_.empty(); });
        const int value = queue_.front();
        queue_.pop_front();
        changed_.notify_all();
        return value;
    }

private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<int> queue_;
};

// A queue that never waits, only locks: the least that sharing one can cost.
class locked_queue {
public:
    explicit locked_queue(std::size_t) {}
    void send(int value) {
        const std::lock_guard lock(mutex_);
        queue_.push_back(value);
    }
    int receive() {
        const std::lock_guard lock(mutex_);
        const int value = queue_.front();
        queue_.pop_front();
        return value;
    }

private:
    std::mutex mutex_;
    std::deque<int> queue_;
};

// The core's channel with the shape of the others.
class core {
public:
    explicit core(std::size_t capacity) : ch_(braid::make_channel<int>(capacity)) {}
    void send(int value) { ch_.send(value); }
    void receive() { benchmark::DoNotOptimize(ch_.receive()); }

private:
    const braid::channel<int> ch_;
};

using textbook = braid::textbook::channel<int>;

// The textbook channel makes a thread sleep, so it gets threads; the core's gets tasks.
template <class Channel>
struct workers {
    std::vector<std::thread> all;
    template <class F>
    void start(F f) {
        all.emplace_back(std::move(f));
    }
    ~workers() {
        for (auto& t : all) t.join();
    }
};
template <>
struct workers<core> {
    std::vector<braid::task> all;
    template <class F>
    void start(F f) {
        all.push_back(braid::go(std::move(f)));
    }
};

// One value in and out of a buffer, by one task: nobody waits.
template <class Channel>
void alone(benchmark::State& state) {
    Channel ch(1);
    for (auto _ : state) {
        ch.send(1);
        ch.receive();
    }
}
BENCHMARK_TEMPLATE(alone, locked_queue);
BENCHMARK_TEMPLATE(alone, textbook);
BENCHMARK_TEMPLATE(alone, core);

// A value to another task and one back, without buffer (the one that has none uses room for one).
template <class Channel>
void ping_pong(benchmark::State& state) {
    constexpr std::size_t room = std::is_same_v<Channel, one_condition_variable> ? 1 : 0;
    Channel there(room);
    Channel back(room);
    workers<Channel> pong;
    // As many rounds as the state will ask for: max_iterations is set when the loop begins.
    const auto rounds = state.max_iterations;
    pong.start([&, rounds] {
        for (benchmark::IterationCount i = 0; i < rounds; ++i) {
            there.receive();
            back.send(1);
        }
    });
    for (auto _ : state) {
        there.send(1);
        back.receive();
    }
}
BENCHMARK_TEMPLATE(ping_pong, one_condition_variable)->UseRealTime();
BENCHMARK_TEMPLATE(ping_pong, textbook)->UseRealTime();
BENCHMARK_TEMPLATE(ping_pong, core)->UseRealTime();

// So many senders and as many receivers share one channel with room for 64. The time is that of one
// value.
template <class Channel>
void shared(benchmark::State& state) {
    const auto each_side = static_cast<int>(state.range(0));
    const int values = 20'000 / each_side;
    for (auto _ : state) {
        Channel ch(64);
        workers<Channel> both;
        for (int i = 0; i < each_side; ++i) {
            both.start([&] {
                for (int v = 0; v < values; ++v) ch.send(v);
            });
            both.start([&] {
                for (int v = 0; v < values; ++v) ch.receive();
            });
        }
    }
    state.SetItemsProcessed(state.iterations() * values * each_side);
}
BENCHMARK_TEMPLATE(shared, one_condition_variable)->Arg(1)->Arg(4)->UseRealTime();
BENCHMARK_TEMPLATE(shared, textbook)->Arg(1)->Arg(4)->UseRealTime();
BENCHMARK_TEMPLATE(shared, core)->Arg(1)->Arg(4)->UseRealTime();

}  // namespace
