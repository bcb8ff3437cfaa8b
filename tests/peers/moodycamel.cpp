// moodycamel's ConcurrentQueue between threads, in its blocking form. It has no bound: for jobs it
// is left so, streams get one from a semaphore of its kind.
#include <concurrentqueue/blockingconcurrentqueue.h>

#include <functional>

#include "threads.hpp"

namespace {

using namespace peer;

template <class T>
class unbounded {
public:
    explicit unbounded(int) {}
    void send(T value) { values_.enqueue(std::move(value)); }
    T receive() {
        T value{};
        values_.wait_dequeue(value);
        return value;
    }

private:
    moodycamel::BlockingConcurrentQueue<T> values_;
};

template <class T>
class bounded {
public:
    explicit bounded(int capacity) : values_(capacity), room_(capacity) {}
    void send(T value) {
        room_.wait();
        values_.send(std::move(value));
    }
    T receive() {
        T value = values_.receive();
        room_.signal();
        return value;
    }

private:
    unbounded<T> values_;
    moodycamel::LightweightSemaphore room_;
};

// With room for one value; with two that take turns it makes no difference.
double ping_pong() {
    return per_operation([](long n) {
        bounded<long> there(1);
        bounded<long> back(1);
        const auto pong = threads::start([&] {
            for (long i = 0; i < n; ++i) back.send(there.receive());
        });
        for (long i = 0; i < n; ++i) {
            there.send(i);
            keep(back.receive());
        }
    });
}

template <int Submitters>
double jobs() {
    return per_operation([](long n) {
        unbounded<std::function<void()>> queue(128);
        const auto workers =
            threads::start([&] { in_parts<threads>(2, n, [&](long) { queue.receive()(); }); });
        in_parts<threads>(Submitters, n, [&](long) { queue.send([] {}); });
    });
}

constexpr letter letters[] = {
    {"B1", ping_pong},
    {"B3", counted_stream<bounded, 1>},
    {"B4", counted_stream<bounded, 4>},
    {"F_1", jobs<1>},
    {"F_4", jobs<4>},
};

}  // namespace

int main(int argc, char** argv) { return peer::main(argc, argv, letters); }
