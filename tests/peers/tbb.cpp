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

struct tasks {
    struct group : tbb::task_group {
        template <class F>
        void go(F f) {
            run(std::move(f));
        }
    };
};

// In one group: to make one takes longer.
double start_and_join() {
    return per_operation([](long n) {
        tbb::task_group group;
        for (long i = 0; i < n; ++i) {
            group.run([] {});
            group.wait();
        }
    });
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

struct on_threads : threads {
    using mutex = tbb::mutex;
    using shared_mutex = tbb::rw_mutex;
    using pool = allocator_pool<tbb::scalable_allocator>;

    struct once : tbb::collaborative_once_flag {
        template <class F>
        void call(F&& f) {
            tbb::collaborative_call_once(*this, std::forward<F>(f));
        }
    };
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
        in_parts<threads>(Submitters, n, [&](long) { pool.run([] {}); });
        pool.wait();
    });
}

constexpr letter letters[] = {
    {"A1", start_and_join},
    {"A2", start_many<tasks, 1000>},
    {"A3", start_many<tasks, 100'000>},
    {"B3", counted_stream<queue, 1>},
    {"B4", counted_stream<queue, 4>},
    {"D1", pipeline<0>},
    {"D2", pipeline<steps_1us>},
    {"E1", fan_out<steps_100ns, tbb::auto_partitioner>},
    {"E1_static", fan_out<steps_100ns, tbb::static_partitioner>},
    {"E2", fan_out<steps_1us, tbb::auto_partitioner>},
    {"E2_static", fan_out<steps_1us, tbb::static_partitioner>},
    {"F_1", jobs<1>},
    {"F_4", jobs<4>},
    {"G", once_done<on_threads>},
    {"H_1", pool_get_put<on_threads, 1, 1>},
    {"H_2", pool_get_put<on_threads, 2, 1>},
    {"H2_1", pool_get_put<on_threads, 1, 16>},
    {"H2_2", pool_get_put<on_threads, 2, 16>},
    {"J1_1", lock_mutex<on_threads, 1>},
    {"J1_2", lock_mutex<on_threads, 2>},
    {"J3_1", lock_shared<on_threads, 1, false>},
    {"J3_2", lock_shared<on_threads, 2, false>},
    {"J8", lock_shared<on_threads, 2, true>},
};

}  // namespace

int main(int argc, char** argv) {
    const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
    return peer::main(argc, argv, letters);
}
