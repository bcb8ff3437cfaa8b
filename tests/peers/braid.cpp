// The workloads in Braid. What a letter means is said in go/*.go, whose functions these follow.
#include <array>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "common/select.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/mutex/rw_mutex.hpp"
#include "patterns/once/once.hpp"
#include "patterns/pool/pool.hpp"
#include "patterns/worker_pool/worker_pool.hpp"
#include "peer.hpp"

namespace {

using namespace braid;
using namespace std::chrono_literals;
using peer::keep;
using peer::mean_time;
using peer::per_operation;
using peer::steps_100ns;
using peer::steps_1us;
using peer::time_of;
using peer::work;

// --- A, K, W: tasks -----------------------------------------------------------------------------

double start_and_join() {
    return per_operation([](long n) {
        for (long i = 0; i < n; ++i) go([] {}).join();
    });
}

template <int Tasks>
double start_many() {
    const double time = per_operation([](long n) {
        for (long i = 0; i < n; ++i) {
            wait_group all;
            for (int t = 0; t < Tasks; ++t) all.go([] {});
            all.wait();
        }
    });
    return time / Tasks;
}

// f(part) in so many tasks at the same time, until all have ended.
template <class F>
void in_parallel(int tasks, F f) {
    wait_group all;
    for (int t = 0; t < tasks; ++t) all.go([&f, t] { f(t); });
    all.wait();
}

struct blocked {
    double bytes, start, wake;
};

blocked blocked_tasks() {
    constexpr int tasks = 100'000;
    blocked b{};
    const auto never = make_channel<unit>();
    wait_group begun;
    wait_group all;
    begun.add(tasks);
    const double before = peer::resident();
    b.start = time_of([&] {
                  for (int t = 0; t < tasks; ++t)
                      all.go([&] {
                          begun.done();
                          never.receive();
                      });
                  begun.wait();
              }) /
              tasks;
    b.bytes = (peer::resident() - before) / tasks;
    b.wake = time_of([&] {
                 never.close();
                 all.wait();
             }) /
             tasks;
    return b;
}

double wake_while_computing() {
    constexpr int rounds = 100;
    const auto sent = make_channel<peer::clock::time_point>(1);
    const auto back = make_channel<unit>(1);
    peer::nanoseconds sum{0};
    task woken = go([&] {
        for (auto at : sent) {
            sum += peer::clock::now() - at;
            back.send(unit{});
        }
    });
    std::uint64_t x = peer::seed;
    for (int i = 0; i < rounds; ++i) {
        sent.send(peer::clock::now());
        x = work(1000 * steps_1us, x);
        back.receive();
    }
    keep(x);
    sent.close();
    woken.join();
    return sum.count() / 1000 / rounds;
}

// --- B: channels --------------------------------------------------------------------------------

double ping_pong() {
    return per_operation([](long n) {
        const auto there = make_channel<long>();
        const auto back = make_channel<long>();
        const task pong = go([=] {
            for (long v : there) back.send(v);
        });
        for (long i = 0; i < n; ++i) {
            there.send(i);
            back.receive();
        }
        there.close();
    });
}

template <std::size_t Capacity, int Sides>
double stream() {
    return per_operation([](long n) {
        const auto ch = make_channel<long>(Capacity);
        const auto done = make_channel<long>();
        const task sends = go([=] {
            in_parallel(Sides, [=](int part) {
                for (long i = part; i < n; i += Sides) ch.send(i);
            });
            ch.close();
        });
        const task receives = go([=] {
            in_parallel(Sides, [=](int) {
                long sum = 0;
                for (long v : ch) sum += v;
                done.send(sum);
            });
            done.close();
        });
        for (long sum : done) keep(sum);
    });
}

void sieve_up_to(int last, std::size_t capacity) {
    wait_group all;
    auto in = make_channel<int>(capacity);
    all.go([first = in, last] {
        for (int i = 2; i <= last; ++i) first.send(i);
        first.close();
    });
    while (const auto prime = in.receive()) {
        const auto out = make_channel<int>(capacity);
        all.go([in, out, p = *prime] {
            for (int v : in)
                if (v % p != 0) out.send(v);
            out.close();
        });
        in = out;
    }
}

template <std::size_t Capacity>
double sieve() {
    sieve_up_to(2000, Capacity);
    return time_of([] { sieve_up_to(17389, Capacity); }) / 1e6;
}

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

// --- D, E, F: pipelines, fan-out, worker pool ---------------------------------------------------

template <int Steps>
double pipeline() {
    return per_operation([](long n) {
        const auto first = make_channel<std::uint64_t>(128);
        const auto second = make_channel<std::uint64_t>(128);
        const task source = go([=] {
            for (long i = 0; i < n; ++i) first.send(work(Steps, static_cast<std::uint64_t>(i)));
            first.close();
        });
        const task middle = go([=] {
            for (std::uint64_t v : first) second.send(work(Steps, v));
            second.close();
        });
        std::uint64_t sum = 0;
        for (std::uint64_t v : second) sum += work(Steps, v);
        keep(sum);
    });
}

template <int Steps>
double fan_out() {
    return per_operation([](long n) {
        const auto items = make_channel<long>(128);
        const task deals = go([=] {
            for (long i = 0; i < n; ++i) items.send(i);
            items.close();
        });
        in_parallel(2, [&](int) {
            std::uint64_t sum = 0;
            for (long i : items) sum += work(Steps, static_cast<std::uint64_t>(i));
            keep(sum);
        });
    });
}

template <int Steps>
double divide() {
    return per_operation([](long n) {
        in_parallel(2, [n](int part) {
            std::uint64_t sum = 0;
            for (long i = part * n / 2; i < (part + 1) * n / 2; ++i)
                sum += work(Steps, static_cast<std::uint64_t>(i));
            keep(sum);
        });
    });
}

template <int Submitters>
double jobs() {
    return per_operation([](long n) {
        const context ctx;
        worker_pool<std::function<void()>> pool(ctx, {.workers = 2, .queue = 128},
                                                [](const std::function<void()>& job) { job(); });
        in_parallel(Submitters, [&](int part) {
            for (long i = part; i < n; i += Submitters)
                if (!pool.submit(ctx, [] {})) return;
        });
        pool.drain();
    });
}

// --- G, H: once and pool ------------------------------------------------------------------------

double once_done() {
    once made;
    long calls = 0;
    const double time = per_operation([&](long n) {
        for (long i = 0; i < n; ++i) made.call([&] { ++calls; });
    });
    keep(calls);
    return time;
}

using buffer = std::array<char, 1024>;

template <int Tasks, std::size_t Held>
double pool_get_put() {
    pool<buffer> buffers;
    const double time = per_operation([&](long n) {
        in_parallel(Tasks, [&](int) {
            std::array<pooled<buffer>, Held> held;
            for (long i = 0; i < n; ++i) {
                for (auto& b : held) {
                    b = buffers.get();
                    ++(*b)[0];
                }
                for (auto& b : held) buffers.put(std::move(b));
            }
        });
    });
    return time / Tasks / Held;
}

// --- I: contexts --------------------------------------------------------------------------------

double make_and_cancel(const context& parent) {
    return per_operation([&](long n) {
        for (long i = 0; i < n; ++i) with_cancel(parent).cancel();
    });
}
double cancel_root() { return make_and_cancel(background()); }
double cancel_child() {
    const auto parent = with_cancel(background());
    return make_and_cancel(parent);
}

double cancel_timeout() {
    return per_operation([](long n) {
        for (long i = 0; i < n; ++i) with_timeout(background(), 1h).cancel();
    });
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
        return peer::nanoseconds(*woken.receive() - begin).count();
    });
}

// --- J: mutexes ---------------------------------------------------------------------------------

template <int Tasks>
double lock_mutex() {
    mutex m;
    long counter = 0;
    const double time = per_operation([&](long n) {
        in_parallel(Tasks, [&](int) {
            for (long i = 0; i < n; ++i) {
                const std::scoped_lock lock(m);
                ++counter;
            }
        });
    });
    keep(counter);
    return time / Tasks;
}

// `Writes`: every tenth operation is a write.
template <int Tasks, bool Writes>
double lock_shared() {
    rw_mutex m;
    long counter = 1;
    const double time = per_operation([&](long n) {
        in_parallel(Tasks, [&](int) {
            long sum = 0;
            for (long i = 0; i < n; ++i) {
                if (Writes && i % 10 == 0) {
                    const std::scoped_lock lock(m);
                    ++counter;
                } else {
                    const std::shared_lock lock(m);
                    sum += counter;
                }
            }
            keep(sum);
        });
    });
    return time / Tasks;
}

constexpr peer::letter letters[] = {
    {"A1", start_and_join},
    {"A2", start_many<1000>},
    {"A3", start_many<100'000>},
    {"B1", ping_pong},
    {"B2", stream<0, 1>},
    {"B3", stream<128, 1>},
    {"B4", stream<128, 4>},
    {"B5", sieve<0>},
    {"B5b", sieve<128>},
    {"C1_2", select_ready<2>},
    {"C1_8", select_ready<8>},
    {"C2_2", select_blocked<2>},
    {"C2_8", select_blocked<8>},
    {"C4_2", select_empty<2>},
    {"C4_8", select_empty<8>},
    {"D1", pipeline<0>},
    {"D2", pipeline<steps_1us>},
    {"E1", fan_out<steps_100ns>},
    {"E1_static", divide<steps_100ns>},
    {"E2", fan_out<steps_1us>},
    {"E2_static", divide<steps_1us>},
    {"F_1", jobs<1>},
    {"F_4", jobs<4>},
    {"G", once_done},
    {"H_1", pool_get_put<1, 1>},
    {"H_2", pool_get_put<2, 1>},
    {"H2_1", pool_get_put<1, 16>},
    {"H2_2", pool_get_put<2, 16>},
    {"I1_root", cancel_root},
    {"I1_child", cancel_child},
    {"I2", cancel_timeout},
    {"I3", cancel_tree},
    {"I4", ask_err},
    {"I7", watched_stream},
    {"I8", cancel_to_wake},
    {"J1_1", lock_mutex<1>},
    {"J1_2", lock_mutex<2>},
    {"J3_1", lock_shared<1, false>},
    {"J3_2", lock_shared<2, false>},
    {"J8", lock_shared<2, true>},
    {"K", [] { return blocked_tasks().bytes; }},
    {"K2_start", [] { return blocked_tasks().start; }},
    {"K2_wake", [] { return blocked_tasks().wake; }},
    {"W", wake_while_computing},
};

}  // namespace

int main(int argc, char** argv) {
    return peer::main(argc, argv, letters, [](auto run) {
        double result = 0;
        go([&] { result = run(); }).join();
        return result;
    });
}
