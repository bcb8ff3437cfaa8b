// moodycamel's ConcurrentQueue between threads, in its blocking form. It has no bound of its own;
// here a semaphore of its kind gives it one.
#include <concurrentqueue/blockingconcurrentqueue.h>

#include "threads.hpp"

namespace {

using namespace peer;

template <class T>
class queue {
public:
    explicit queue(int capacity) : room_(capacity) {}
    void send(T value) {
        room_.wait();
        values_.enqueue(std::move(value));
    }
    T receive() {
        T value{};
        values_.wait_dequeue(value);
        room_.signal();
        return value;
    }

private:
    moodycamel::LightweightSemaphore room_;
    moodycamel::BlockingConcurrentQueue<T> values_;
};

constexpr letter letters[] = {
    {"B1", ping_pong<queue>}, {"B3", stream<queue, 1>}, {"B4", stream<queue, 4>},
    {"F_1", jobs<queue, 1>},  {"F_4", jobs<queue, 4>},
};

}  // namespace

int main(int argc, char** argv) { return peer::main(argc, argv, letters); }
