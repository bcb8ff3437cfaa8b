#pragma once

#include <thread>
#include <utility>
#include <vector>

#include "workloads.hpp"

// For peers without tasks of their own.
namespace peer {

// Threads as tasks.
struct threads {
    template <class F>
    static std::jthread start(F f) {
        return std::jthread(std::move(f));
    }

    class group {
    public:
        template <class F>
        void go(F f) {
            all_.emplace_back(std::move(f));
        }
        void wait() { all_.clear(); }

    private:
        std::vector<std::jthread> all_;
    };
};

// Over a bounded queue that cannot be closed: each receiver knows how many values are its.
template <template <class> class Queue, int Sides>
double counted_stream() {
    return per_operation([](long n) {
        Queue<long> ch(128);
        in_parallel<threads>(2 * Sides, [&](int part) {
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

template <template <class> class Allocator>
class allocator_pool {
public:
    buffer* get() { return memory_.allocate(1); }
    void put(buffer* b) {
        keep(b);  // else the optimiser does without
        memory_.deallocate(b, 1);
    }

private:
    Allocator<buffer> memory_;
};

}  // namespace peer
