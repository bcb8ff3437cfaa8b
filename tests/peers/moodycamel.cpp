// moodycamel's ConcurrentQueue between threads, in its blocking form. It has no bound: for jobs it
// is left so, streams get one from a semaphore of its kind.
#include <concurrentqueue/blockingconcurrentqueue.h>

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

constexpr letter letters[] = {
    {"B1", ping_pong<bounded>},  {"B3", stream<bounded, 1>},  {"B4", stream<bounded, 4>},
    {"F_1", jobs<unbounded, 1>}, {"F_4", jobs<unbounded, 4>},
};

}  // namespace

int main(int argc, char** argv) { return peer::main(argc, argv, letters); }
