#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <span>

// What the peers in C++ share; go/main.go has the same in Go. A peer is one executable:
//
//     peer list      prints the letters that it has, one per line
//     peer LETTER    runs that workload, and prints nanoseconds per operation (B5: milliseconds for
//                    the whole; W: microseconds; K: bytes; K_million: GiB)
namespace peer {

using clock = std::chrono::steady_clock;
using nanoseconds = std::chrono::duration<double, std::nano>;

// Some work that shares nothing, in steps that wait for each other. Not inline: the optimiser would
// do several items at once.
[[gnu::noinline]] inline std::uint64_t work(int steps, std::uint64_t x) noexcept {
    for (int i = 0; i < steps; ++i) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return x;
}
constexpr int steps_100ns = 48, steps_1us = 10 * steps_100ns;
constexpr std::uint64_t seed = 88172645463325252;

// The optimiser must believe that `value` is used.
template <class T>
void keep(T&& value) noexcept {
    asm volatile("" : : "g"(&value) : "memory");
}

// Nanoseconds that f() takes.
template <class F>
double time_of(F f) {
    const auto begin = clock::now();
    f();
    return nanoseconds(clock::now() - begin).count();
}

// Nanoseconds per operation, of which f(n) does n. The runs before the last one warm up, and find
// an n that takes long enough.
template <class F>
double per_operation(F f) {
    for (long n = 1;;) {
        const double time = time_of([&] { f(n); });
        if (time >= 1e8) return time / static_cast<double>(n);
        n *= std::clamp(static_cast<long>(1.5e8 / time), 2L, 100L);
    }
}

// The same, where f() does one.
template <class F>
double per_call(F f) {
    return per_operation([&](long n) {
        for (long i = 0; i < n; ++i) f();
    });
}

// The same for what does its own timing: f() returns the nanoseconds that count of one operation.
template <class F>
double mean_time(F f) {
    f();
    const auto end = clock::now() + std::chrono::milliseconds(150);
    double sum = 0;
    long runs = 0;
    do {
        sum += f();
        ++runs;
    } while (clock::now() < end);
    return sum / static_cast<double>(runs);
}

// Bytes of memory that the process occupies.
inline double resident() {
    long all = 0;
    long pages = 0;
    std::ifstream("/proc/self/statm") >> all >> pages;
    return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

struct letter {
    const char* name;
    double (*run)();
};

// The main function of a peer; `inside(run)` calls run() where its workloads belong.
template <class Inside>
int main(int argc, char** argv, std::span<const letter> letters, Inside inside) {
    const char* const wanted = argc == 2 ? argv[1] : "";
    const bool list = std::strcmp(wanted, "list") == 0;
    for (const letter& l : letters) {
        if (list) std::puts(l.name);
        if (std::strcmp(wanted, l.name) != 0) continue;
        std::printf("%.3f\n", inside(l.run));
        return 0;
    }
    if (list) return 0;
    std::fprintf(stderr, "%s: no letter \"%s\"; \"list\" prints those there are\n", argv[0],
                 wanted);
    return 2;
}
inline int main(int argc, char** argv, std::span<const letter> letters) {
    return main(argc, argv, letters, [](auto run) { return run(); });
}

}  // namespace peer
