// Boost.Fiber. It has no select. Fine-grained work is fastest on one thread, where its default
// scheduler leaves it; what a second core helps runs on two, with shared_work.
#include <algorithm>
#include <boost/fiber/all.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "workloads.hpp"

namespace {

namespace bf = boost::fibers;
using namespace peer;

constexpr std::size_t stack_size = 64 << 10;  // as Braid's

// Pooled stacks are faster than the default, but of one thread only.
bool two_threads = false;
bf::pooled_fixedsize_stack pooled_stacks(stack_size);

// Constructible from a capacity, as the buffered one; its own is a power of two, of which it can
// use all but one.
template <class T>
struct unbuffered : bf::unbuffered_channel<T> {
    explicit unbuffered(std::size_t) {}
};

// A fiber whose destructor joins.
class joining : public bf::fiber {
public:
    explicit joining(bf::fiber f) noexcept : bf::fiber(std::move(f)) {}
    joining(joining&&) noexcept = default;
    joining& operator=(joining&&) = delete;
    ~joining() {
        if (joinable()) join();
    }
};

struct fibers {
    using mutex = bf::mutex;

    template <class F>
    static joining start(F f) {
        if (two_threads) return joining(bf::fiber(std::move(f)));
        return joining(bf::fiber(std::allocator_arg, pooled_stacks, std::move(f)));
    }

    class group {
    public:
        template <class F>
        void go(F f) {
            all_.push_back(start(std::move(f)));
        }
        void wait() {
            for (joining& task : all_) task.join();
            all_.clear();
            boost::this_fiber::yield();  // gives the stacks back
        }

    private:
        std::vector<joining> all_;
    };

    template <class T, std::size_t Capacity>
    class channel {
    public:
        void send(T value) const { queue_->push(std::move(value)); }
        std::optional<T> receive() const {
            T value{};
            if (queue_->pop(value) != bf::channel_op_status::success) return {};
            return value;
        }
        void close() const { queue_->close(); }

    private:
        using queue = std::conditional_t<Capacity == 0, unbuffered<T>, bf::buffered_channel<T>>;
        std::shared_ptr<queue> queue_ = std::make_shared<queue>(std::max<std::size_t>(Capacity, 2));
    };
};

// f() with a second thread that takes its share of the fibers.
template <class F>
double on_two_threads(F f) {
    bf::mutex mutex;
    bf::condition_variable end;
    bool ended = false;
    two_threads = true;
    bf::use_scheduling_algorithm<bf::algo::shared_work>(true);
    std::thread second([&] {
        bf::use_scheduling_algorithm<bf::algo::shared_work>(true);
        std::unique_lock lock(mutex);
        end.wait(lock, [&] { return ended; });
    });
    double result = 0;
    fibers::start([&] { result = f(); }).join();  // this one may not change threads
    {
        const std::scoped_lock lock(mutex);
        ended = true;
    }
    end.notify_all();
    second.join();
    return result;
}

template <int Count>
double start_many() {
    // To touch that many stacks first takes longer than a run.
    in_parallel<fibers>(Count, [](int) {});
    return peer::start_many<fibers, Count>();
}

blocked block_on_one() {
    bf::fixedsize_stack stacks(stack_size);  // a pool would touch one more page of each
    bf::unbuffered_channel<int> never;
    std::vector<bf::fiber> all(100'000);
    return blocked_tasks(
        static_cast<int>(all.size()),
        [&] {
            for (bf::fiber& task : all)
                task = bf::fiber(std::allocator_arg, stacks, [&] {
                    int none = 0;
                    never.pop(none);
                });
            boost::this_fiber::yield();  // all begin
        },
        [&] {
            never.close();
            for (bf::fiber& task : all) task.join();
        });
}

constexpr letter letters[] = {
    {"A1", start_and_join<fibers>},
    {"A_10", start_many<10>},
    {"A2", start_many<1000>},
    {"A3", start_many<100'000>},
    {"B1", ping_pong<fibers>},
    {"B2", stream<fibers, 0, 1>},
    {"B3", stream<fibers, 128, 1>},
    {"B4", stream<fibers, 128, 4>},
    {"B5", sieve<fibers, 0>},
    {"B5b", sieve<fibers, 128>},
    {"D1", pipeline<fibers, 0>},
    {"D2", [] { return on_two_threads(pipeline<fibers, steps_1us>); }},
    {"E1", [] { return on_two_threads(fan_out<fibers, steps_100ns>); }},
    {"E2", [] { return on_two_threads(fan_out<fibers, steps_1us>); }},
    {"F_1", jobs<fibers, 1>},
    {"F_4", jobs<fibers, 4>},
    {"J1_1", lock_mutex<fibers, 1>},
    {"J1_2", lock_mutex<fibers, 2>},
    {"K", [] { return block_on_one().bytes; }},
    {"K2_start", [] { return block_on_one().start; }},
    {"K2_wake", [] { return block_on_one().wake; }},
    {"N_10", use_channels<fibers, 10>},
    {"N_1000", use_channels<fibers, 1000>},
    {"N_100000", use_channels<fibers, 100'000>},
    {"O_1", wake_one_of<fibers, 1>},
    {"O_10000", wake_one_of<fibers, 10'000>},
    {"W", [] { return on_two_threads(wake_while_computing<fibers>); }},
};

}  // namespace

int main(int argc, char** argv) { return peer::main(argc, argv, letters); }
