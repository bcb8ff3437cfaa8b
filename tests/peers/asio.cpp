// Asio: a thread pool for jobs, and coroutines with its channels, on the one thread of their
// io_context. A select would be operator|| on two awaitables, which starts a coroutine for each.
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/channel.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <memory>

#include "threads.hpp"

namespace {

using namespace peer;

// --- coroutines ---------------------------------------------------------------------------------

#ifdef ASIO_HAS_CO_AWAIT  // not with clang 14 and libstdc++
using asio::awaitable;

template <class T>
class channel {
public:
    channel(asio::io_context& io, std::size_t capacity) : channel_(io, capacity) {}
    awaitable<void> send(T value) {
        return channel_.async_send({}, std::move(value), asio::use_awaitable);
    }
    // The status, then the value.
    auto receive() {
        return channel_.async_receive(asio::experimental::as_tuple(asio::use_awaitable));
    }
    void close() { channel_.close(); }

private:
    asio::experimental::channel<void(asio::error_code, T)> channel_;
};

void start(asio::io_context& io, awaitable<void> task) {
    asio::co_spawn(io, std::move(task), asio::detached);
}

template <int Tasks>
double start_many() {
    asio::io_context io(1);
    const double time = per_call([&] {
        io.restart();
        for (int t = 0; t < Tasks; ++t) start(io, []() -> awaitable<void> { co_return; }());
        io.run();
    });
    return time / Tasks;
}

awaitable<void> pong(channel<long>& there, channel<long>& back, long n) {
    for (long i = 0; i < n; ++i) {
        co_await back.send(std::get<1>(co_await there.receive()));
    }
}
awaitable<void> ping(channel<long>& there, channel<long>& back, long n) {
    for (long i = 0; i < n; ++i) {
        co_await there.send(i);
        co_await back.receive();
    }
}

double ping_pong() {
    return per_operation([](long n) {
        asio::io_context io(1);
        channel<long> there(io, 0);
        channel<long> back(io, 0);
        start(io, pong(there, back, n));
        start(io, ping(there, back, n));
        io.run();
    });
}

awaitable<void> send(channel<long>& ch, int first, int step, long n) {
    for (long i = first; i < n; i += step) co_await ch.send(i);
}
awaitable<void> receive(channel<long>& ch, int first, int step, long n) {
    long sum = 0;
    for (long i = first; i < n; i += step) sum += std::get<1>(co_await ch.receive());
    keep(sum);
}

template <std::size_t Capacity, int Sides>
double stream() {
    return per_operation([](long n) {
        asio::io_context io(1);
        channel<long> ch(io, Capacity);
        for (int part = 0; part < Sides; ++part) {
            start(io, send(ch, part, Sides, n));
            start(io, receive(ch, part, Sides, n));
        }
        io.run();
    });
}

// Links end with a 0: a close would lose what is in the buffer.
using link = std::shared_ptr<channel<int>>;

awaitable<void> count(link out, int last) {
    for (int i = 2; i <= last; ++i) co_await out->send(i);
    co_await out->send(0);
}
awaitable<void> filter(link in, link out, int prime) {
    for (int v = prime; v != 0;) {
        v = std::get<1>(co_await in->receive());
        if (v == 0 || v % prime != 0) co_await out->send(v);
    }
}
awaitable<void> sieve_up_to(asio::io_context& io, int last, std::size_t capacity) {
    link in = std::make_shared<channel<int>>(io, capacity);
    start(io, count(in, last));
    while (const int prime = std::get<1>(co_await in->receive())) {
        const link out = std::make_shared<channel<int>>(io, capacity);
        start(io, filter(in, out, prime));
        in = out;
    }
}

template <std::size_t Capacity>
double sieve() {
    const auto run = [](int last) {
        asio::io_context io(1);
        start(io, sieve_up_to(io, last, Capacity));
        io.run();
    };
    run(2000);
    return time_of([&] { run(17389); }) / 1e6;
}

blocked block_on_one() {
    constexpr int tasks = 100'000;
    asio::io_context io(1);
    channel<int> never(io, 0);
    const auto block = [](channel<int>& ch) -> awaitable<void> { co_await ch.receive(); };
    return blocked_tasks(
        tasks,
        [&] {
            for (int t = 0; t < tasks; ++t) start(io, block(never));
            io.poll();
        },
        [&] {
            never.close();
            io.run();
        });
}

#endif

// --- jobs and timers ----------------------------------------------------------------------------

// A queue that has no bound.
template <int Submitters>
double jobs() {
    return per_operation([](long n) {
        asio::thread_pool pool(2);
        in_parts<threads>(Submitters, n, [&](long) { asio::post(pool, [] {}); });
        pool.join();
    });
}

double cancel_timeout() {
    asio::io_context io(1);
    return per_call([&] {
        asio::steady_timer timer(io, std::chrono::hours(1));
        timer.async_wait([](asio::error_code cancelled) { keep(cancelled); });
        timer.cancel();
        io.restart();
        io.poll();
    });
}

constexpr letter letters[] = {
#ifdef ASIO_HAS_CO_AWAIT
    {"A1", start_many<1>},
    {"A2", start_many<1000>},
    {"A3", start_many<100'000>},
    {"B1", ping_pong},
    {"B2", stream<0, 1>},
    {"B3", stream<128, 1>},
    {"B4", stream<128, 4>},
    {"B5", sieve<0>},
    {"B5b", sieve<128>},
    {"K", [] { return block_on_one().bytes; }},
    {"K2_start", [] { return block_on_one().start; }},
    {"K2_wake", [] { return block_on_one().wake; }},
#endif
    {"F_1", jobs<1>},
    {"F_4", jobs<4>},
    {"I2", cancel_timeout},
};

}  // namespace

int main(int argc, char** argv) { return peer::main(argc, argv, letters); }
