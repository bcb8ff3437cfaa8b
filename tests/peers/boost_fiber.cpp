// Boost.Fiber. It has no select. Fine-grained work is fastest on one thread, where its default
// scheduler leaves it; what a second core helps runs on two, with shared_work.
#include <boost/fiber/all.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "peer.hpp"

namespace {

namespace bf = boost::fibers;
using namespace peer;

constexpr std::size_t stack_size = 64 << 10;  // as Braid's

// Pooled stacks are faster than the default, but of one thread only.
bool two_threads = false;

template <class F>
bf::fiber start(F f) {
    static bf::pooled_fixedsize_stack pool(stack_size);
    if (two_threads) return bf::fiber(std::move(f));
    return bf::fiber(std::allocator_arg, pool, std::move(f));
}

template <class F>
void in_parallel(int tasks, F f) {
    std::vector<bf::fiber> all;
    for (int t = 0; t < tasks; ++t) all.push_back(start([f, t] { f(t); }));
    for (bf::fiber& task : all) task.join();
}

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
    const double result = f();
    {
        const std::scoped_lock lock(mutex);
        ended = true;
    }
    end.notify_all();
    second.join();
    return result;
}

// Constructible from a capacity, as the buffered one; its own is a power of two, of which it can
// use all but one.
template <class T>
struct unbuffered : bf::unbuffered_channel<T> {
    explicit unbuffered(std::size_t = 0) {}
};
template <class T>
using buffered = bf::buffered_channel<T>;
constexpr std::size_t capacity = 128;

double start_and_join() {
    return per_operation([](long n) {
        for (long i = 0; i < n; ++i) start([] {}).join();
    });
}

template <int Tasks>
double start_many() {
    const auto batch = [] {
        in_parallel(Tasks, [](int) {});
        boost::this_fiber::yield();  // gives the stacks back
    };
    batch();  // to touch that many stacks first takes longer than a run
    const double time = per_operation([&](long n) {
        for (long i = 0; i < n; ++i) batch();
    });
    return time / Tasks;
}

double ping_pong() {
    return per_operation([](long n) {
        unbuffered<long> there;
        unbuffered<long> back;
        bf::fiber pong = start([&] {
            for (long v : there) back.push(v);
        });
        for (long i = 0; i < n; ++i) {
            there.push(i);
            keep(back.value_pop());
        }
        there.close();
        pong.join();
    });
}

template <template <class> class Channel, int Sides>
double stream() {
    return per_operation([](long n) {
        Channel<long> ch(capacity);
        bf::fiber senders = start([&] {
            in_parallel(Sides, [&](int part) {
                for (long i = part; i < n; i += Sides) ch.push(i);
            });
            ch.close();
        });
        in_parallel(Sides, [&](int) {
            long sum = 0;
            for (long v : ch) sum += v;
            keep(sum);
        });
        senders.join();
    });
}

template <template <class> class Channel>
void sieve_up_to(int last) {
    const auto make = [] { return std::make_shared<Channel<int>>(capacity); };
    std::vector<bf::fiber> all;
    auto in = make();
    all.push_back(start([first = in, last] {
        for (int i = 2; i <= last; ++i) first->push(i);
        first->close();
    }));
    int prime = 0;
    while (in->pop(prime) == bf::channel_op_status::success) {
        const auto out = make();
        all.push_back(start([in, out, prime] {
            for (int v : *in)
                if (v % prime != 0) out->push(v);
            out->close();
        }));
        in = out;
    }
    for (bf::fiber& task : all) task.join();
}

template <template <class> class Channel>
double sieve() {
    sieve_up_to<Channel>(2000);
    return time_of([] { sieve_up_to<Channel>(17389); }) / 1e6;
}

template <int Steps>
double pipeline() {
    return per_operation([](long n) {
        buffered<std::uint64_t> first(capacity);
        buffered<std::uint64_t> second(capacity);
        bf::fiber source = start([&] {
            for (long i = 0; i < n; ++i) first.push(work(Steps, static_cast<std::uint64_t>(i)));
            first.close();
        });
        bf::fiber middle = start([&] {
            for (std::uint64_t v : first) second.push(work(Steps, v));
            second.close();
        });
        bf::fiber end = start([&] {
            std::uint64_t sum = 0;
            for (std::uint64_t v : second) sum += work(Steps, v);
            keep(sum);
        });
        source.join();
        middle.join();
        end.join();
    });
}

template <int Steps>
double fan_out() {
    return per_operation([](long n) {
        buffered<std::uint64_t> items(capacity);
        bf::fiber deals = start([&] {
            for (long i = 0; i < n; ++i) items.push(static_cast<std::uint64_t>(i));
            items.close();
        });
        in_parallel(2, [&](int) {
            std::uint64_t sum = 0;
            for (std::uint64_t v : items) sum += work(Steps, v);
            keep(sum);
        });
        deals.join();
    });
}

template <int Submitters>
double jobs() {
    return per_operation([](long n) {
        buffered<std::function<void()>> queue(capacity);
        bf::fiber workers = start([&] {
            in_parallel(2, [&](int) {
                for (const auto& job : queue) job();
            });
        });
        in_parallel(Submitters, [&](int part) {
            for (long i = part; i < n; i += Submitters) queue.push([] {});
        });
        queue.close();
        workers.join();
    });
}

template <int Tasks>
double lock_mutex() {
    bf::mutex m;
    long counter = 0;
    const double time = per_operation([&](long n) {
        in_parallel(Tasks, [&, n](int) {
            for (long i = 0; i < n; ++i) {
                const std::scoped_lock lock(m);
                ++counter;
            }
        });
    });
    keep(counter);
    return time / Tasks;
}

struct blocked {
    double bytes, start, wake;
};
blocked blocked_tasks() {
    constexpr int tasks = 100'000;
    bf::fixedsize_stack stacks(stack_size);  // a pool would touch one more page of each
    unbuffered<int> never;
    std::vector<bf::fiber> all(tasks);
    const double before = resident();
    blocked b{};
    b.start = time_of([&] {
                  for (bf::fiber& task : all)
                      task = bf::fiber(std::allocator_arg, stacks, [&] {
                          int none = 0;
                          never.pop(none);
                      });
                  boost::this_fiber::yield();  // all begin
              }) /
              tasks;
    b.bytes = (resident() - before) / tasks;
    b.wake = time_of([&] {
                 never.close();
                 for (bf::fiber& task : all) task.join();
             }) /
             tasks;
    return b;
}

double wake_while_computing() {
    constexpr int rounds = 100;
    buffered<clock::time_point> sent(2);
    buffered<int> back(2);
    nanoseconds sum{0};
    bf::fiber woken = start([&] {
        for (clock::time_point at : sent) {
            sum += clock::now() - at;
            back.push(0);
        }
    });
    bf::fiber computing = start([&] {
        std::uint64_t x = seed;
        for (int i = 0; i < rounds; ++i) {
            sent.push(clock::now());
            x = work(1000 * steps_1us, x);
            back.value_pop();
        }
        keep(x);
        sent.close();
    });
    computing.join();
    woken.join();
    return sum.count() / 1000 / rounds;
}

constexpr letter letters[] = {
    {"A1", start_and_join},
    {"A2", start_many<1000>},
    {"A3", start_many<100'000>},
    {"B1", ping_pong},
    {"B2", stream<unbuffered, 1>},
    {"B3", stream<buffered, 1>},
    {"B4", stream<buffered, 4>},
    {"B5", sieve<unbuffered>},
    {"B5b", sieve<buffered>},
    {"D1", pipeline<0>},
    {"D2", [] { return on_two_threads(pipeline<steps_1us>); }},
    {"E1", [] { return on_two_threads(fan_out<steps_100ns>); }},
    {"E2", [] { return on_two_threads(fan_out<steps_1us>); }},
    {"F_1", jobs<1>},
    {"F_4", jobs<4>},
    {"J1_1", lock_mutex<1>},
    {"J1_2", lock_mutex<2>},
    {"K", [] { return blocked_tasks().bytes; }},
    {"K2_start", [] { return blocked_tasks().start; }},
    {"K2_wake", [] { return blocked_tasks().wake; }},
    {"W", [] { return on_two_threads(wake_while_computing); }},
};

}  // namespace

int main(int argc, char** argv) { return peer::main(argc, argv, letters); }
