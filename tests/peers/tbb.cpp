// oneTBB: tasks that must not wait for each other, so it has no channels. Its bounded queue is for
// threads.
#include <oneapi/tbb/mutex.h>
#include <oneapi/tbb/rw_mutex.h>
#include <tbb/blocked_range.h>
#include <tbb/collaborative_call_once.h>
#include <tbb/concurrent_queue.h>
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/parallel_reduce.h>
#include <tbb/partitioner.h>
#include <tbb/scalable_allocator.h>
#include <tbb/task_group.h>

#include "threads.hpp"

namespace {

using namespace peer;

double start_and_join() {
    return per_operation([](long n) {
        tbb::task_group group;
        for (long i = 0; i < n; ++i) {
            group.run([] {});
            group.wait();
        }
    });
}

template <int Tasks>
double start_many() {
    const double time = per_operation([](long n) {
        tbb::task_group group;
        for (long i = 0; i < n; ++i) {
            for (int t = 0; t < Tasks; ++t) group.run([] {});
            group.wait();
        }
    });
    return time / Tasks;
}

template <class T>
class queue {
public:
    explicit queue(std::ptrdiff_t capacity) { values_.set_capacity(capacity); }
    void send(T value) { values_.push(std::move(value)); }
    T receive() {
        T value{};
        values_.pop(value);
        return value;
    }

private:
    tbb::concurrent_bounded_queue<T> values_;
};

template <int Steps>
double pipeline() {
    return per_operation([](long n) {
        constexpr auto in_order = tbb::filter_mode::serial_in_order;
        long i = 0;
        std::uint64_t sum = 0;
        const auto first = [&](tbb::flow_control& flow) -> std::uint64_t {
            if (i < n) return work(Steps, static_cast<std::uint64_t>(i++));
            flow.stop();
            return 0;
        };
        const auto second = [](std::uint64_t v) { return work(Steps, v); };
        const auto third = [&](std::uint64_t v) { sum += work(Steps, v); };
        tbb::parallel_pipeline(
            128, tbb::make_filter<void, std::uint64_t>(in_order, first) &
                     tbb::make_filter<std::uint64_t, std::uint64_t>(in_order, second) &
                     tbb::make_filter<std::uint64_t, void>(in_order, third));
        keep(sum);
    });
}

template <int Steps, class Partitioner>
double fan_out() {
    return per_operation([](long n) {
        const auto add = [](const tbb::blocked_range<long>& part, std::uint64_t sum) {
            for (long i = part.begin(); i < part.end(); ++i)
                sum += work(Steps, static_cast<std::uint64_t>(i));
            return sum;
        };
        keep(tbb::parallel_reduce(tbb::blocked_range<long>(0, n), std::uint64_t{0}, add,
                                  std::plus<>(), Partitioner()));
    });
}

// A queue that has no bound.
template <int Submitters>
double jobs() {
    return per_operation([](long n) {
        tbb::task_group pool;
        on_threads(Submitters, [&](int part) {
            for (long i = part; i < n; i += Submitters) pool.run([] {});
        });
        pool.wait();
    });
}

double once_done() {
    tbb::collaborative_once_flag made;
    long calls = 0;
    const double time = per_operation([&](long n) {
        for (long i = 0; i < n; ++i) tbb::collaborative_call_once(made, [&] { ++calls; });
    });
    keep(calls);
    return time;
}

constexpr letter letters[] = {
    {"A1", start_and_join},
    {"A2", start_many<1000>},
    {"A3", start_many<100'000>},
    {"B3", stream<queue, 1>},
    {"B4", stream<queue, 4>},
    {"D1", pipeline<0>},
    {"D2", pipeline<steps_1us>},
    {"E1", fan_out<steps_100ns, tbb::auto_partitioner>},
    {"E1_static", fan_out<steps_100ns, tbb::static_partitioner>},
    {"E2", fan_out<steps_1us, tbb::auto_partitioner>},
    {"E2_static", fan_out<steps_1us, tbb::static_partitioner>},
    {"F_1", jobs<1>},
    {"F_4", jobs<4>},
    {"G", once_done},
    {"H_1", allocate_free<tbb::scalable_allocator, 1, 1>},
    {"H_2", allocate_free<tbb::scalable_allocator, 2, 1>},
    {"H2_1", allocate_free<tbb::scalable_allocator, 1, 16>},
    {"H2_2", allocate_free<tbb::scalable_allocator, 2, 16>},
    {"J1_1", lock_mutex<tbb::mutex, 1>},
    {"J1_2", lock_mutex<tbb::mutex, 2>},
    {"J3_1", lock_shared<tbb::rw_mutex, 1, false>},
    {"J3_2", lock_shared<tbb::rw_mutex, 2, false>},
    {"J8", lock_shared<tbb::rw_mutex, 2, true>},
};

}  // namespace

int main(int argc, char** argv) {
    const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
    return peer::main(argc, argv, letters);
}
