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

template <class T, std::size_t Capacity, class Condition = std::condition_variable>
class bounded_queue {
public:
    void send(T value) {
        std::unique_lock lock(mutex_);
        has_room_.wait(lock, [&] { return values_.size() < capacity; });
        values_.push_back(std::move(value));
        lock.unlock();
        has_values_.notify_one();
    }
    // Nothing if it is closed and drained.
    std::optional<T> receive() {
        std::unique_lock lock(mutex_);
        has_values_.wait(lock, [&] { return has_news(); });
        return take(lock);
    }
    // The same, or if it was told to stop.
    std::optional<T> receive(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        if (!has_values_.wait(lock, stop, [&] { return has_news(); })) return {};
        return take(lock);
    }
    void close() {
        {
            const std::scoped_lock lock(mutex_);
            closed_ = true;
        }
        has_values_.notify_all();
    }

private:
    bool has_news() const { return !values_.empty() || closed_; }
    std::optional<T> take(std::unique_lock<std::mutex>& lock) {
        if (values_.empty()) return {};
        std::optional<T> value = std::move(values_.front());
        values_.pop_front();
        lock.unlock();
        has_room_.notify_one();
        return value;
    }

    // At least one value; with two that take turns it makes no difference.
    static constexpr std::size_t capacity = Capacity == 0 ? 1 : Capacity;

    std::mutex mutex_;
    Condition has_room_;
    Condition has_values_;
    std::deque<T> values_;
    bool closed_ = false;
};

struct standard : threads {
    using mutex = std::mutex;
    using shared_mutex = std::shared_mutex;
    using pool = allocator_pool<std::allocator>;

    template <class T, std::size_t Capacity>
    using channel = handle<bounded_queue<T, Capacity>>;

    struct once : std::once_flag {
        template <class F>
        void call(F&& f) {
            std::call_once(*this, std::forward<F>(f));
        }
    };
};

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
    return per_call([] { std::stop_source().request_stop(); });
}
double cancel_child() {
    const std::stop_source parent;
    return per_call([&] { child(parent).cancel(); });
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
    return per_call([&] {
        std::stop_source stop;
        const auto timer = timers.add(clock::now() + std::chrono::hours(1), stop);
        stop.request_stop();
        timers.remove(timer);
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
        bounded_queue<long, 128, std::condition_variable_any> ch;
        const std::jthread sends([&] {
            for (long i = 0; i < n; ++i) ch.send(i);
            ch.close();
        });
        long sum = 0;
        while (const auto v = ch.receive(source.get_token())) sum += *v;
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

// A tenth of the others' number: more threads than that, few systems have. Their memory is that of
// the process; the kernel has more of each.
blocked blocked_threads() {
    constexpr int count = 10'000;
    std::mutex mutex;
    std::condition_variable changed;
    int begun = 0;
    bool free = false;
    std::vector<std::jthread> all(count);
    return blocked_tasks(
        count,
        [&] {
            for (std::jthread& t : all)
                t = std::jthread([&] {
                    std::unique_lock lock(mutex);
                    if (++begun == count) changed.notify_all();
                    changed.wait(lock, [&] { return free; });
                });
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return begun == count; });
        },
        [&] {
            {
                const std::scoped_lock lock(mutex);
                free = true;
            }
            changed.notify_all();
            all.clear();
        });
}

constexpr letter letters[] = {
    {"A1", start_and_join<standard>},
    {"A2", start_many<standard, 1000>},
    {"B1", ping_pong<standard>},
    {"B3", stream<standard, 128, 1>},
    {"B4", stream<standard, 128, 4>},
    {"D1", pipeline<standard, 0>},
    {"D2", pipeline<standard, steps_1us>},
    {"E1", fan_out<standard, steps_100ns>},
    {"E1_static", divide<standard, steps_100ns>},
    {"E2", fan_out<standard, steps_1us>},
    {"E2_static", divide<standard, steps_1us>},
    {"F_1", jobs<standard, 1>},
    {"F_4", jobs<standard, 4>},
    {"G", once_done<standard>},
    {"H_1", pool_get_put<standard, 1, 1>},
    {"H_2", pool_get_put<standard, 2, 1>},
    {"H2_1", pool_get_put<standard, 1, 16>},
    {"H2_2", pool_get_put<standard, 2, 16>},
    {"I1_root", cancel_root},
    {"I1_child", cancel_child},
    {"I2", cancel_timeout},
    {"I3", cancel_tree},
    {"I4", ask},
    {"I7", watched_stream},
    {"I8", cancel_to_wake},
    {"J1_1", lock_mutex<standard, 1>},
    {"J1_2", lock_mutex<standard, 2>},
    {"J3_1", lock_shared<standard, 1, false>},
    {"J3_2", lock_shared<standard, 2, false>},
    {"J8", lock_shared<standard, 2, true>},
    {"K", [] { return blocked_threads().bytes; }},
    {"K2_start", [] { return blocked_threads().start; }},
    {"K2_wake", [] { return blocked_threads().wake; }},
    {"W", wake_while_computing<standard>},
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
