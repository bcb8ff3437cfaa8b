// The workloads in Braid: its words for those in workloads.hpp, which others have too, and those
// that are its own. What a letter means is said in go/*.go, whose functions these follow.
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "common/select.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/mutex/rw_mutex.hpp"
#include "patterns/once/once.hpp"
#include "patterns/pool/pool.hpp"
#include "patterns/worker_pool/worker_pool.hpp"
#include "workloads.hpp"

namespace {

using namespace braid;
using namespace std::chrono_literals;
using namespace peer;

struct tasks {
    using group = wait_group;
    using mutex = braid::mutex;
    using shared_mutex = braid::rw_mutex;
    using once = braid::once;
    using pool = braid::pool<buffer>;

    template <class T, std::size_t Capacity>
    struct channel : braid::channel<T> {
        channel() : braid::channel<T>(make_channel<T>(Capacity)) {}
    };

    template <class F>
    static task start(F f) {
        return go(std::move(f));
    }
};

// --- C: select ----------------------------------------------------------------------------------

template <std::size_t N>
using channels = std::array<channel<long>, N>;

template <std::size_t N>
channels<N> make_channels(std::size_t capacity) {
    channels<N> all;
    for (auto& ch : all) ch = make_channel<long>(capacity);
    return all;
}

// Receives from one of `all`, and calls f(the channel, the value).
template <std::size_t N, class F, std::size_t... I>
void select_one(const channels<N>& all, F f, std::index_sequence<I...>) {
    select(receive(all[I], [&](received<long> r) { f(all[I], *r); })...);
}
template <std::size_t N, class F>
void select_one(const channels<N>& all, F f) {
    select_one(all, f, std::make_index_sequence<N>());
}

template <std::size_t N>
double select_ready() {
    return per_operation([](long n) {
        const auto all = make_channels<N>(1);
        for (auto& ch : all) ch.send(1);
        for (long i = 0; i < n; ++i)
            select_one(all, [](const channel<long>& ch, long v) { ch.send(v); });
    });
}

template <std::size_t N>
double select_blocked() {
    return per_operation([](long n) {
        const auto all = make_channels<N>(0);
        wait_group producers;
        for (std::size_t p = 0; p < N; ++p)
            producers.go([ch = all[p], p, n] {
                for (auto i = static_cast<long>(p); i < n; i += N) ch.send(i);
            });
        long sum = 0;
        for (long i = 0; i < n; ++i)
            select_one(all, [&](const channel<long>&, long v) { sum += v; });
        keep(sum);
    });
}

template <std::size_t N, std::size_t... I>
void select_or_not(const channels<N>& all, long& missed, std::index_sequence<I...>) {
    select(receive(all[I])..., otherwise([&] { ++missed; }));
}

template <std::size_t N>
double select_empty() {
    return per_operation([](long n) {
        const auto all = make_channels<N>(1);
        long missed = 0;
        for (long i = 0; i < n; ++i) select_or_not(all, missed, std::make_index_sequence<N>());
        keep(missed);
    });
}

// --- F: worker pool -----------------------------------------------------------------------------

template <int Submitters>
double jobs() {
    return per_operation([](long n) {
        const context ctx;
        worker_pool<std::function<void()>> pool(ctx, {.workers = 2, .queue = 128},
                                                [](const std::function<void()>& job) { job(); });
        in_parallel<tasks>(Submitters, [&](int part) {
            for (long i = part; i < n; i += Submitters)
                if (!pool.submit(ctx, [] {})) return;
        });
        pool.drain();
    });
}

// --- I: contexts --------------------------------------------------------------------------------

double cancel_root() {
    return per_call([] { with_cancel(background()).cancel(); });
}

double cancel_child() {
    const auto parent = with_cancel(background());
    return per_call([&] { with_cancel(parent).cancel(); });
}

double cancel_timeout() {
    return per_call([] { with_timeout(background(), 1h).cancel(); });
}

double cancel_tree() {
    constexpr int children = 1000;
    const double time = mean_time([] {
        auto parent = with_cancel(background());
        std::vector<scoped_context> all;
        for (int i = 0; i < children; ++i) all.push_back(with_cancel(parent));
        return time_of([&] { parent.cancel(); });
    });
    return time / children;
}

double ask_err() {
    const auto ctx = with_cancel(background());
    return per_operation([&](long n) {
        long ended = 0;
        for (long i = 0; i < n; ++i)
            if (ctx.err()) ++ended;
        keep(ended);
    });
}

double watched_stream() {
    return per_operation([](long n) {
        const auto ctx = with_cancel(background());
        const auto ch = make_channel<long>(128);
        const task sends = go([=] {
            for (long i = 0; i < n; ++i) ch.send(i);
            ch.close();
        });
        long sum = 0;
        for (long v : ch.until(ctx)) sum += v;
        keep(sum);
    });
}

double cancel_to_wake() {
    return mean_time([] {
        auto ctx = with_cancel(background());
        const auto woken = make_channel<peer::clock::time_point>(1);
        const task waits = go([&] {
            ctx.done().receive();
            woken.send(peer::clock::now());
        });
        this_task::yield();  // the task begins, and blocks
        this_task::yield();
        const auto begin = peer::clock::now();
        ctx.cancel();
        return nanoseconds(*woken.receive() - begin).count();
    });
}

// --- K: blocked tasks ---------------------------------------------------------------------------

blocked block_on_one(int count) {
    const auto never = make_channel<unit>();
    wait_group begun;
    wait_group all;
    begun.add(count);
    return blocked_tasks(
        count,
        [&] {
            for (int t = 0; t < count; ++t)
                all.go([&] {
                    begun.done();
                    never.receive();
                });
            begun.wait();
        },
        [&] {
            never.close();
            all.wait();
        });
}

constexpr letter letters[] = {
    {"A1", start_and_join<tasks>},
    {"A_10", start_many<tasks, 10>},
    {"A2", start_many<tasks, 1000>},
    {"A3", start_many<tasks, 100'000>},
    {"B1", ping_pong<tasks>},
    {"B2", stream<tasks, 0, 1>},
    {"B3", stream<tasks, 128, 1>},
    {"B4", stream<tasks, 128, 4>},
    {"B5", sieve<tasks, 0>},
    {"B5b", sieve<tasks, 128>},
    {"C1_2", select_ready<2>},
    {"C1_8", select_ready<8>},
    {"C2_2", select_blocked<2>},
    {"C2_8", select_blocked<8>},
    {"C4_2", select_empty<2>},
    {"C4_8", select_empty<8>},
    {"D1", pipeline<tasks, 0>},
    {"D2", pipeline<tasks, steps_1us>},
    {"E1", fan_out<tasks, steps_100ns>},
    {"E1_static", divide<tasks, steps_100ns>},
    {"E2", fan_out<tasks, steps_1us>},
    {"E2_static", divide<tasks, steps_1us>},
    {"F_1", jobs<1>},
    {"F_4", jobs<4>},
    {"G", once_done<tasks>},
    {"H_1", pool_get_put<tasks, 1, 1>},
    {"H_2", pool_get_put<tasks, 2, 1>},
    {"H2_1", pool_get_put<tasks, 1, 16>},
    {"H2_2", pool_get_put<tasks, 2, 16>},
    {"I1_root", cancel_root},
    {"I1_child", cancel_child},
    {"I2", cancel_timeout},
    {"I3", cancel_tree},
    {"I4", ask_err},
    {"I7", watched_stream},
    {"I8", cancel_to_wake},
    {"J1_1", lock_mutex<tasks, 1>},
    {"J1_2", lock_mutex<tasks, 2>},
    {"J3_1", lock_shared<tasks, 1, false>},
    {"J3_2", lock_shared<tasks, 2, false>},
    {"J8", lock_shared<tasks, 2, true>},
    {"K", [] { return block_on_one(100'000).bytes; }},
    {"K_million", [] { return block_on_one(1'000'000).bytes * 1e6 / (1 << 30); }},
    {"K2_start", [] { return block_on_one(100'000).start; }},
    {"K2_wake", [] { return block_on_one(100'000).wake; }},
    {"N_10", use_channels<tasks, 10>},
    {"N_1000", use_channels<tasks, 1000>},
    {"N_100000", use_channels<tasks, 100'000>},
    {"O_1", wake_one_of<tasks, 1>},
    {"O_10000", wake_one_of<tasks, 10'000>},
    {"W", wake_while_computing<tasks>},
};

}  // namespace

int main(int argc, char** argv) {
    return peer::main(argc, argv, letters, [](auto run) {
        double result = 0;
        go([&] { result = run(); }).join();
        return result;
    });
}
