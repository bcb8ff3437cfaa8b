// What the standard library has: threads, queues by hand, stop tokens. Not as many tasks as the
// others' A3, since so many threads cannot be; and no select.
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "threads.hpp"

namespace {

using namespace peer;

template <int Tasks>
double start_and_join() {
    const double time = per_operation([](long n) {
        for (long i = 0; i < n; ++i) on_threads(Tasks, [](int) {});
    });
    return time / Tasks;
}

template <class T, class Condition = std::condition_variable>
class bounded_queue {
public:
    explicit bounded_queue(std::size_t capacity) : capacity_(capacity) {}
    void send(T value) {
        std::unique_lock lock(mutex_);
        has_room_.wait(lock, [&] { return values_.size() < capacity_; });
        values_.push_back(std::move(value));
        lock.unlock();
        has_values_.notify_one();
    }
    T receive() {
        std::unique_lock lock(mutex_);
        has_values_.wait(lock, [&] { return !values_.empty(); });
        return take(lock);
    }
    // Nothing if it was told to stop.
    std::optional<T> receive(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        if (!has_values_.wait(lock, stop, [&] { return !values_.empty(); })) return {};
        return take(lock);
    }

private:
    T take(std::unique_lock<std::mutex>& lock) {
        T value = std::move(values_.front());
        values_.pop_front();
        lock.unlock();
        has_room_.notify_one();
        return value;
    }

    const std::size_t capacity_;
    std::mutex mutex_;
    Condition has_room_;
    Condition has_values_;
    std::deque<T> values_;
};
template <class T>
using queue = bounded_queue<T>;

template <int Steps>
double pipeline() {
    return per_operation([](long n) {
        queue<std::uint64_t> first(128);
        queue<std::uint64_t> second(128);
        const std::jthread source([&] {
            for (long i = 0; i < n; ++i) first.send(work(Steps, static_cast<std::uint64_t>(i)));
        });
        const std::jthread middle([&] {
            for (long i = 0; i < n; ++i) second.send(work(Steps, first.receive()));
        });
        std::uint64_t sum = 0;
        for (long i = 0; i < n; ++i) sum += work(Steps, second.receive());
        keep(sum);
    });
}

template <int Steps>
double fan_out() {
    return per_operation([](long n) {
        queue<std::uint64_t> items(128);
        const std::jthread deals([&] {
            for (long i = 0; i < n; ++i) items.send(static_cast<std::uint64_t>(i));
        });
        on_threads(2, [&](int part) {
            std::uint64_t sum = 0;
            for (long i = part; i < n; i += 2) sum += work(Steps, items.receive());
            keep(sum);
        });
    });
}

template <int Steps>
double divide() {
    return per_operation([](long n) {
        on_threads(2, [n](int part) {
            std::uint64_t sum = 0;
            for (long i = part * n / 2; i < (part + 1) * n / 2; ++i)
                sum += work(Steps, static_cast<std::uint64_t>(i));
            keep(sum);
        });
    });
}

double once_done() {
    std::once_flag made;
    long calls = 0;
    const double time = per_operation([&](long n) {
        for (long i = 0; i < n; ++i) std::call_once(made, [&] { ++calls; });
    });
    keep(calls);
    return time;
}

// A stop source that also stops when its parent does.
class child {
public:
    explicit child(const std::stop_source& parent) : forward_(parent.get_token(), stop{own_}) {}
    void cancel() { own_.request_stop(); }

private:
    struct stop {
        std::stop_source& own;
        void operator()() const { own.request_stop(); }
    };
    std::stop_source own_;
    std::stop_callback<stop> forward_;
};

double cancel_root() {
    return per_operation([](long n) {
        for (long i = 0; i < n; ++i) std::stop_source().request_stop();
    });
}
double cancel_child() {
    const std::stop_source parent;
    return per_operation([&](long n) {
        for (long i = 0; i < n; ++i) child(parent).cancel();
    });
}

// The deadlines, in order, and a thread that waits for the first one.
class deadlines {
public:
    using position = std::multimap<clock::time_point, std::stop_source>::iterator;

    position add(clock::time_point when, std::stop_source stop) {
        const std::scoped_lock lock(mutex_);
        const auto added = all_.emplace(when, std::move(stop));
        if (added == all_.begin() && when < until_) changed_.notify_one();
        return added;
    }
    void remove(position p) {
        const std::scoped_lock lock(mutex_);
        all_.erase(p);
    }

private:
    void run(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
            const auto now = clock::now();
            while (!all_.empty() && all_.begin()->first <= now) {
                all_.begin()->second.request_stop();
                all_.erase(all_.begin());
            }
            until_ = all_.empty() ? now + std::chrono::hours(1) : all_.begin()->first;
            changed_.wait_until(lock, stop, until_,
                                [&] { return !all_.empty() && all_.begin()->first < until_; });
        }
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::multimap<clock::time_point, std::stop_source> all_;
    clock::time_point until_ = clock::time_point::max();
    std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};
};

double cancel_timeout() {
    deadlines timers;
    return per_operation([&](long n) {
        for (long i = 0; i < n; ++i) {
            std::stop_source stop;
            const auto timer = timers.add(clock::now() + std::chrono::hours(1), stop);
            stop.request_stop();
            timers.remove(timer);
        }
    });
}

double cancel_tree() {
    constexpr int children = 1000;
    const double time = mean_time([] {
        std::stop_source parent;
        std::vector<std::unique_ptr<child>> all;
        for (int i = 0; i < children; ++i) all.push_back(std::make_unique<child>(parent));
        return time_of([&] { parent.request_stop(); });
    });
    return time / children;
}

double ask() {
    const std::stop_source source;
    const std::stop_token stop = source.get_token();
    return per_operation([&](long n) {
        long ended = 0;
        for (long i = 0; i < n; ++i)
            if (stop.stop_requested()) ++ended;
        keep(ended);
    });
}

double watched_stream() {
    return per_operation([](long n) {
        const std::stop_source source;
        bounded_queue<long, std::condition_variable_any> ch(128);
        const std::jthread sends([&] {
            for (long i = 0; i < n; ++i) ch.send(i);
        });
        long sum = 0;
        for (long i = 0; i < n; ++i) sum += ch.receive(source.get_token()).value_or(0);
        keep(sum);
    });
}

double cancel_to_wake() {
    return mean_time([] {
        std::stop_source source;
        std::mutex mutex;
        std::condition_variable_any changed;
        bool blocked = false;
        clock::time_point woken;
        std::jthread waits([&] {
            std::unique_lock lock(mutex);
            blocked = true;
            changed.notify_one();
            changed.wait(lock, source.get_token(), [] { return false; });
            woken = clock::now();
        });
        {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return blocked; });
        }
        const auto begin = clock::now();
        source.request_stop();
        waits.join();
        return nanoseconds(woken - begin).count();
    });
}

struct blocked {
    double bytes, start, wake;
};

// A tenth of the others' number: more threads than that, few systems have. Their memory is that of
// the process; the kernel has more of each.
blocked blocked_threads() {
    constexpr int threads = 10'000;
    std::mutex mutex;
    std::condition_variable changed;
    int begun = 0;
    bool free = false;
    std::vector<std::jthread> all(threads);
    const double before = resident();
    blocked b{};
    b.start = time_of([&] {
                  for (std::jthread& t : all)
                      t = std::jthread([&] {
                          std::unique_lock lock(mutex);
                          if (++begun == threads) changed.notify_all();
                          changed.wait(lock, [&] { return free; });
                      });
                  std::unique_lock lock(mutex);
                  changed.wait(lock, [&] { return begun == threads; });
              }) /
              threads;
    b.bytes = (resident() - before) / threads;
    b.wake = time_of([&] {
                 {
                     const std::scoped_lock lock(mutex);
                     free = true;
                 }
                 changed.notify_all();
                 all.clear();
             }) /
             threads;
    return b;
}

double wake_while_computing() {
    constexpr int rounds = 100;
    queue<clock::time_point> sent(1);
    queue<int> back(1);
    nanoseconds sum{0};
    const std::jthread woken([&] {
        for (int i = 0; i < rounds; ++i) {
            const auto at = sent.receive();
            sum += clock::now() - at;
            back.send(0);
        }
    });
    std::uint64_t x = seed;
    for (int i = 0; i < rounds; ++i) {
        sent.send(clock::now());
        x = work(1000 * steps_1us, x);
        back.receive();
    }
    keep(x);
    return sum.count() / 1000 / rounds;
}

constexpr letter letters[] = {
    {"A1", start_and_join<1>},
    {"A2", start_and_join<1000>},
    {"B1", ping_pong<queue>},
    {"B3", stream<queue, 1>},
    {"B4", stream<queue, 4>},
    {"D1", pipeline<0>},
    {"D2", pipeline<steps_1us>},
    {"E1", fan_out<steps_100ns>},
    {"E1_static", divide<steps_100ns>},
    {"E2", fan_out<steps_1us>},
    {"E2_static", divide<steps_1us>},
    {"F_1", jobs<queue, 1>},
    {"F_4", jobs<queue, 4>},
    {"G", once_done},
    {"H_1", allocate_free<std::allocator, 1, 1>},
    {"H_2", allocate_free<std::allocator, 2, 1>},
    {"H2_1", allocate_free<std::allocator, 1, 16>},
    {"H2_2", allocate_free<std::allocator, 2, 16>},
    {"I1_root", cancel_root},
    {"I1_child", cancel_child},
    {"I2", cancel_timeout},
    {"I3", cancel_tree},
    {"I4", ask},
    {"I7", watched_stream},
    {"I8", cancel_to_wake},
    {"J1_1", lock_mutex<std::mutex, 1>},
    {"J1_2", lock_mutex<std::mutex, 2>},
    {"J3_1", lock_shared<std::shared_mutex, 1, false>},
    {"J3_2", lock_shared<std::shared_mutex, 2, false>},
    {"J8", lock_shared<std::shared_mutex, 2, true>},
    {"K", [] { return blocked_threads().bytes; }},
    {"K2_start", [] { return blocked_threads().start; }},
    {"K2_wake", [] { return blocked_threads().wake; }},
    {"W", wake_while_computing},
};

}  // namespace

// With a thread beside, as in the programs that need any of this: alone in its process, the library
// counts references, allocates and stops without atomic operations.
int main(int argc, char** argv) {
    std::promise<void> end;
    const std::jthread beside([&] { end.get_future().wait(); });
    const int status = peer::main(argc, argv, letters);
    end.set_value();
    return status;
}
