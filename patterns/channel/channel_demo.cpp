// Channels at work: a generator, ping-pong, and a chain of filters, each beside the plain loop that
// computes the same. For the channel itself see common/channel.hpp; channel.hpp in this directory
// shows how one is made.
#include <cstdint>
#include <vector>

#include "common/channel.hpp"
#include "common/demo.hpp"
#include "common/task.hpp"

using namespace braid;

namespace {

// A number that depends on every value and on their order.
struct digest {
    std::uint64_t value = 0;
    void add(std::uint64_t n) { value = (value ^ n) * 1099511628211U; }
    friend bool operator==(const digest&, const digest&) = default;
};

std::string in_words(std::uint64_t n, const char* what) { return std::to_string(n) + what; }

// Closes a channel on every way out of a scope: a receiver that is not told would wait for ever.
template <class T>
class closes {
public:
    explicit closes(sender<T> s) : sender_(std::move(s)) {}
    closes(const closes&) = delete;
    closes& operator=(const closes&) = delete;
    ~closes() { sender_.close(); }

private:
    const sender<T> sender_;
};

// --- Generator: the lines of all files, one after the other ------------------------------------

void for_each_line(const std::string& text, auto&& f) {
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        f(text.substr(begin, end - begin));
        begin = end + 1;
    }
}

struct line_count {
    std::uint64_t lines = 0;
    digest text;
    void add(const std::string& line) {
        ++lines;
        text.add(std::hash<std::string>{}(line));
    }
    friend bool operator==(const line_count&, const line_count&) = default;
};

line_count lines_by_generator(const demo::input& in) {
    // The buffer lets the generator read on while we count: fewer waits, the same order.
    const auto lines = make_channel<std::string>(1024);
    // snippet: generator
    task generator = go({.name = "generator"}, [&in, out = lines.out()] {
        const closes at_the_end(out);
        for (const auto& file : in.files)
            for_each_line(demo::read_file(file),
                          [&](std::string line) { out.send(std::move(line)); });
    });

    line_count count;
    for (const std::string& line : lines) count.add(line);
    generator.join();
    // snippet end
    return count;
}

line_count lines_by_loop(const demo::input& in) {
    line_count count;
    for (const auto& file : in.files)
        for_each_line(demo::read_file(file), [&](const std::string& line) { count.add(line); });
    return count;
}

// --- Ping-pong: two tasks take turns at the list of files --------------------------------------

// What goes back and forth. It needs no lock: who has it is the only one who has it.
struct ball {
    std::size_t hits = 0;
    digest sizes;
};

std::uintmax_t size_of(const demo::fs::path& file) {
    std::error_code ignored;
    return demo::fs::file_size(file, ignored);
}

// At each hit a player adds one more file. The one who adds the last lets the other go.
void play(const std::vector<std::uintmax_t>& sizes, const receiver<ball>& from,
          const sender<ball>& to, digest& result) {
    const closes at_the_end(to);
    for (ball b : from) {
        b.sizes.add(sizes[b.hits++]);
        if (b.hits == sizes.size()) {
            result = b.sizes;
            return;
        }
        to.send(b);
    }
}

digest sizes_by_ping_pong(const std::vector<std::uintmax_t>& sizes) {
    const auto to_ping = make_channel<ball>();
    const auto to_pong = make_channel<ball>();
    digest result;
    {
        const task ping = go({.name = "ping"}, [&] { play(sizes, to_ping, to_pong, result); });
        const task pong = go({.name = "pong"}, [&] { play(sizes, to_pong, to_ping, result); });
        to_ping.send(ball{});
    }
    return result;
}

digest sizes_by_loop(const std::vector<std::uintmax_t>& sizes) {
    digest all;
    for (const auto size : sizes) all.add(size);
    return all;
}

// --- Prime sieve: one task for each prime ------------------------------------------------------

// snippet: sieve
// Passes on what `prime` does not divide.
void filter(int prime, const receiver<int>& in, const sender<int>& out) {
    for (const int n : in)
        if (n % prime != 0) out.send(n);
    out.close();
}

std::vector<int> primes_by_tasks(int bound) {
    std::vector<int> primes;
    std::vector<task> tasks;
    auto numbers = make_channel<int>();
    tasks.push_back(go([bound, out = numbers.out()] {
        for (int n = 2; n < bound; ++n) out.send(n);
        out.close();
    }));
    while (const auto prime = numbers.receive()) {  // what has come through all filters
        primes.push_back(*prime);
        auto rest = make_channel<int>();
        tasks.push_back(go([p = *prime, in = numbers, out = rest] { filter(p, in, out); }));
        numbers = rest;
    }
    return primes;
}
// snippet end

std::vector<int> primes_by_loop(int bound) {
    std::vector<int> primes;
    for (int n = 2; n < bound; ++n)
        if (std::none_of(primes.begin(), primes.end(), [n](int p) { return n % p == 0; }))
            primes.push_back(n);
    return primes;
}

// Runs both ways of doing one thing, and adds up what they took.
struct comparison {
    bool same = true;
    double tasks_ms = 0;
    double loop_ms = 0;

    template <class F, class G>
    auto run(F with_tasks, G with_a_loop) {
        const demo::stopwatch first;
        auto result = with_tasks();
        tasks_ms += first.milliseconds();
        const demo::stopwatch second;
        same = same && result == with_a_loop();
        loop_ms += second.milliseconds();
        return result;
    }
};

int run(const demo::input& in) {
    demo::headline("channel", in);
    comparison both;

    const auto counted =
        both.run([&] { return lines_by_generator(in); }, [&] { return lines_by_loop(in); });
    demo::line("generator", in_words(counted.lines, " lines came through one channel, in order"));

    std::vector<std::uintmax_t> sizes;
    for (const auto& file : in.files) sizes.push_back(size_of(file));
    both.run([&] { return sizes_by_ping_pong(sizes); }, [&] { return sizes_by_loop(sizes); });
    demo::line("ping-pong", in_words(sizes.size(), " hits, one for each file"));

    constexpr int bound = 1000;
    const auto primes =
        both.run([] { return primes_by_tasks(bound); }, [] { return primes_by_loop(bound); });
    demo::line("sieve", in_words(primes.size(), " primes below ") + std::to_string(bound) +
                            ", one task for each");
    return demo::verdict(both.same, both.tasks_ms, both.loop_ms);
}

}  // namespace

int main(int argc, char** argv) { return demo::run_on_input(argc, argv, run); }
