#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "peer.hpp"

// Workloads that peers without tasks of their own run on threads: over any bounded queue that has
// send and receive, any mutex, any allocator. Nobody closes these queues; instead each receiver
// knows how many values are its.
namespace peer {

// f(part) in so many threads at the same time, until all have ended.
template <class F>
void on_threads(int threads, F f) {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t) all.emplace_back([&f, t] { f(t); });
}

// The least that a queue has room for is one value; with two that take turns it makes no
// difference.
template <template <class> class Queue>
double ping_pong() {
    return per_operation([](long n) {
        Queue<long> there(1);
        Queue<long> back(1);
        const std::jthread pong([&] {
            for (long i = 0; i < n; ++i) back.send(there.receive());
        });
        for (long i = 0; i < n; ++i) {
            there.send(i);
            keep(back.receive());
        }
    });
}

template <template <class> class Queue, int Sides>
double stream() {
    return per_operation([](long n) {
        Queue<long> ch(128);
        on_threads(2 * Sides, [&](int part) {
            const bool sends = part < Sides;
            long sum = 0;
            for (long i = part % Sides; i < n; i += Sides)
                if (sends)
                    ch.send(i);
                else
                    sum += ch.receive();
            keep(sum);
        });
    });
}

template <template <class> class Queue, int Submitters>
double jobs() {
    return per_operation([](long n) {
        Queue<std::function<void()>> queue(128);
        const std::jthread workers([&] {
            on_threads(2, [&](int part) {
                for (long i = part; i < n; i += 2) queue.receive()();
            });
        });
        on_threads(Submitters, [&](int part) {
            for (long i = part; i < n; i += Submitters) queue.send([] {});
        });
    });
}

using buffer = std::array<char, 1024>;

template <template <class> class Allocator, int Threads, std::size_t Held>
double allocate_free() {
    const double time = per_operation([](long n) {
        on_threads(Threads, [&](int) {
            Allocator<buffer> memory;
            std::array<buffer*, Held> held{};
            for (long i = 0; i < n; ++i) {
                for (auto& b : held) {
                    b = memory.allocate(1);
                    ++(*b)[0];
                    keep(b);
                }
                for (auto& b : held) memory.deallocate(b, 1);
            }
        });
    });
    return time / Threads / Held;
}

template <class Mutex, int Threads>
double lock_mutex() {
    Mutex m;
    long counter = 0;
    const double time = per_operation([&](long n) {
        on_threads(Threads, [&](int) {
            for (long i = 0; i < n; ++i) {
                const std::scoped_lock lock(m);
                ++counter;
            }
        });
    });
    keep(counter);
    return time / Threads;
}

// `Writes`: every tenth operation is a write.
template <class Mutex, int Threads, bool Writes>
double lock_shared() {
    Mutex m;
    long counter = 1;
    const double time = per_operation([&](long n) {
        on_threads(Threads, [&](int) {
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
    return time / Threads;
}

}  // namespace peer
