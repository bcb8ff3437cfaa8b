#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "peer.hpp"
#include "tasks.hpp"

// The workloads that several peers in C++ have. What a letter means is said in go/*.go, whose
// functions these follow.
namespace peer {

// --- A, K, W: tasks -----------------------------------------------------------------------------

template <class Tasks>
double start_and_join() {
    return per_call([] { Tasks::start([] {}).join(); });
}

template <class Tasks, int Count>
double start_many() {
    const double time = per_call([] {
        typename Tasks::group all;
        for (int t = 0; t < Count; ++t) all.go([] {});
        all.wait();
    });
    return time / Count;
}

// Of one task.
struct blocked {
    double bytes, start, wake;
};

// start() starts so many tasks, and returns when all block; wake() when all have ended.
template <class Start, class Wake>
blocked blocked_tasks(int tasks, Start start, Wake wake) {
    blocked b{};
    const double before = resident();
    b.start = time_of(start) / tasks;
    b.bytes = (resident() - before) / tasks;
    b.wake = time_of(wake) / tasks;
    return b;
}

template <class Tasks>
double wake_while_computing() {
    constexpr int rounds = 100;
    const channel_of<Tasks, clock::time_point, 1> sent;
    const channel_of<Tasks, int, 1> back;
    nanoseconds sum{0};
    auto woken = Tasks::start([=, &sum] {
        while (const auto at = sent.receive()) {
            sum += clock::now() - *at;
            back.send(0);
        }
    });
    std::uint64_t x = seed;
    for (int i = 0; i < rounds; ++i) {
        sent.send(clock::now());
        x = work(1000 * steps_1us, x);
        back.receive();
    }
    keep(x);
    sent.close();
    woken.join();
    return sum.count() / 1000 / rounds;
}

// --- B: channels --------------------------------------------------------------------------------

template <class Tasks>
double ping_pong() {
    return per_operation([](long n) {
        const channel_of<Tasks, long, 0> there;
        const channel_of<Tasks, long, 0> back;
        const auto pong = Tasks::start([=] {
            while (const auto v = there.receive()) back.send(*v);
        });
        for (long i = 0; i < n; ++i) {
            there.send(i);
            back.receive();
        }
        there.close();
    });
}

template <class Tasks, std::size_t Capacity, int Sides>
double stream() {
    return per_operation([](long n) {
        const channel_of<Tasks, long, Capacity> ch;
        const channel_of<Tasks, long, 0> done;
        const auto sends = Tasks::start([=] {
            in_parts<Tasks>(Sides, n, [=](long i) { ch.send(i); });
            ch.close();
        });
        const auto receives = Tasks::start([=] {
            in_parallel<Tasks>(Sides, [=](int) {
                long sum = 0;
                while (const auto v = ch.receive()) sum += *v;
                done.send(sum);
            });
            done.close();
        });
        while (const auto sum = done.receive()) keep(*sum);
    });
}

template <class Tasks, std::size_t Capacity>
double sieve() {
    const auto up_to = [](int last) {
        using numbers = channel_of<Tasks, int, Capacity>;
        typename Tasks::group all;
        numbers in;
        all.go([first = in, last] {
            for (int i = 2; i <= last; ++i) first.send(i);
            first.close();
        });
        while (const auto prime = in.receive()) {
            const numbers out;
            all.go([in, out, p = *prime] {
                while (const auto v = in.receive())
                    if (*v % p != 0) out.send(*v);
                out.close();
            });
            in = out;
        }
        all.wait();
    };
    up_to(2000);
    return time_of([&] { up_to(17389); }) / 1e6;
}

// --- N, O: how the price grows with the number --------------------------------------------------

template <class Tasks, int AtATime>
double use_channels() {
    return per_operation([](long n) {
        long sum = 0;
        for (long used = 0; used < n; used += AtATime) {
            const std::vector<channel_of<Tasks, long, 1>> all(AtATime);
            for (const auto& ch : all) {
                ch.send(used);
                sum += *ch.receive();
            }
        }
        keep(sum);
    });
}

template <class Tasks, int Count>
double wake_one_of() {
    const channel_of<Tasks, long, 0> work;
    typename Tasks::group all;
    for (int t = 0; t < Count; ++t)
        all.go([=] {
            while (work.receive()) continue;
        });
    const double time = per_operation([=](long n) {
        for (long i = 0; i < n; ++i) work.send(i);
    });
    work.close();
    all.wait();
    return time;
}

// --- D, E, F: pipelines, fan-out, worker pool ---------------------------------------------------

template <class Tasks, int Steps>
double pipeline() {
    return per_operation([](long n) {
        const channel_of<Tasks, std::uint64_t, 128> first;
        const channel_of<Tasks, std::uint64_t, 128> second;
        const auto source = Tasks::start([=] {
            for (long i = 0; i < n; ++i) first.send(work(Steps, static_cast<std::uint64_t>(i)));
            first.close();
        });
        const auto middle = Tasks::start([=] {
            while (const auto v = first.receive()) second.send(work(Steps, *v));
            second.close();
        });
        std::uint64_t sum = 0;
        while (const auto v = second.receive()) sum += work(Steps, *v);
        keep(sum);
    });
}

template <class Tasks, int Steps>
double fan_out() {
    return per_operation([](long n) {
        const channel_of<Tasks, long, 128> items;
        const auto deals = Tasks::start([=] {
            for (long i = 0; i < n; ++i) items.send(i);
            items.close();
        });
        in_parallel<Tasks>(2, [=](int) {
            std::uint64_t sum = 0;
            while (const auto i = items.receive())
                sum += work(Steps, static_cast<std::uint64_t>(*i));
            keep(sum);
        });
    });
}

template <class Tasks, int Steps>
double divide() {
    return per_operation([](long n) {
        in_parallel<Tasks>(2, [n](int part) {
            std::uint64_t sum = 0;
            for (long i = part * n / 2; i < (part + 1) * n / 2; ++i)
                sum += work(Steps, static_cast<std::uint64_t>(i));
            keep(sum);
        });
    });
}

template <class Tasks, int Submitters>
double jobs() {
    return per_operation([](long n) {
        const channel_of<Tasks, std::function<void()>, 128> queue;
        const auto workers = Tasks::start([=] {
            in_parallel<Tasks>(2, [=](int) {
                while (const auto job = queue.receive()) (*job)();
            });
        });
        in_parts<Tasks>(Submitters, n, [=](long) { queue.send([] {}); });
        queue.close();
    });
}

// --- G, H, J: once, pool, mutexes ---------------------------------------------------------------

template <class Tasks>
double once_done() {
    typename Tasks::once made;
    long calls = 0;
    const double time = per_call([&] { made.call([&] { ++calls; }); });
    keep(calls);
    return time;
}

using buffer = std::array<char, 1024>;

template <class Tasks, int Count, std::size_t Held>
double pool_get_put() {
    typename Tasks::pool buffers;
    const double time = per_operation([&](long n) {
        in_parallel<Tasks>(Count, [&](int) {
            std::array<decltype(buffers.get()), Held> held{};
            for (long i = 0; i < n; ++i) {
                for (auto& b : held) {
                    b = buffers.get();
                    ++(*b)[0];
                }
                for (auto& b : held) buffers.put(std::move(b));
            }
        });
    });
    return time / Count / Held;
}

template <class Tasks, int Count>
double lock_mutex() {
    typename Tasks::mutex m;
    long counter = 0;
    const double time = per_operation([&](long n) {
        in_parallel<Tasks>(Count, [&](int) {
            for (long i = 0; i < n; ++i) {
                const std::scoped_lock lock(m);
                ++counter;
            }
        });
    });
    keep(counter);
    return time / Count;
}

// `Writes`: every tenth operation is a write.
template <class Tasks, int Count, bool Writes>
double lock_shared() {
    typename Tasks::shared_mutex m;
    long counter = 1;
    const double time = per_operation([&](long n) {
        in_parallel<Tasks>(Count, [&](int) {
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
    return time / Count;
}

}  // namespace peer
