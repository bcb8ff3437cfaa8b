// The two prime sieves of Go's test/chan. In Go their tasks run on when main has its 25 primes and
// returns; here they belong to a group, which stops them.
#include <queue>

#include "common/select.hpp"
#include "patterns/error_group/error_group.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::sieve_test {

const std::vector<int> primes_below_100{2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                                        43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};

std::vector<int> first(std::size_t n, const receiver<int>& in) {
    std::vector<int> values;
    while (values.size() < n) {
        auto v = in.receive();
        if (!v) break;
        values.push_back(*v);
    }
    return values;
}

// --- sieve1: a chain of filters, one for each prime ------------------------------------------

void generate(const context& ctx, const sender<int>& out) {
    for (int i = 2; out.send(ctx, i); ++i) {
    }
}

void filter(const context& ctx, const receiver<int>& in, const sender<int>& out, int prime) {
    while (auto n = in.receive(ctx))
        if (*n % prime != 0 && !out.send(ctx, *n)) return;
}

receiver<int> chain_of_filters(error_group& group) {
    const auto primes = make_channel<int>();
    group.go([&group, out = primes.out()](const context& ctx) {
        auto ch = make_channel<int>();
        group.go([ch](const context& c) { generate(c, ch); });
        while (auto prime = ch.receive(ctx)) {
            if (!out.send(ctx, *prime)) return;
            auto filtered = make_channel<int>();
            group.go([=, p = *prime](const context& c) { filter(c, ch, filtered, p); });
            ch = filtered;
        }
    });
    return primes;
}

// --- sieve2: the multiples of all primes, merged by a heap, taken from the odd numbers ---------

// from, from + step, from + 2 * step ... for ever
receiver<int> arithmetic(error_group& group, int from, int step, std::size_t buffer) {
    const auto out = make_channel<int>(buffer);
    group.go([=](const context& ctx) {
        for (int n = from; out.send(ctx, n); n += step) {
        }
    });
    return out;
}

// A channel to which a send does not block: a task keeps what `out` does not take yet.
sender<int> never_full(error_group& group, sender<int> out) {
    const auto proxy = make_channel<int>(10);
    group.go([in = proxy.in(), out](const context& ctx) {
        std::queue<int> kept;
        for (bool stopped = false; !stopped;)
            select(
                receive(in, [&](received<int> r) { kept.push(*r); }),
                when(!kept.empty(), [&] { return send(out, kept.front(), [&] { kept.pop(); }); }),
                receive(ctx.done(), [&] { stopped = true; }));
    });
    return proxy;
}

// Sends the multiples of `primes`, from the square of each, in increasing order and each once. What
// comes after the square of the last prime has to wait until the next prime is known.
class merged_multiples {
public:
    merged_multiples(error_group& group, receiver<int> primes, sender<int> composites)
        : group_(group), primes_(std::move(primes)), composites_(std::move(composites)) {}

    void run(const context& ctx) {
        for (;;) {
            const auto prime = primes_.receive(ctx);
            if (!prime) return;
            const int square = *prime * *prime;
            auto multiples = take_from(ctx, arithmetic(group_, square, 2 * *prime, 10));
            if (!multiples) return;
            heap_.push(std::move(*multiples));
            while (heap_.top().head <= square)
                if (!send_smallest(ctx)) return;
        }
    }

private:
    struct stream {
        int head;
        receiver<int> rest;
        bool operator<(const stream& other) const { return head > other.head; }
    };

    static std::optional<stream> take_from(const context& ctx, const receiver<int>& in) {
        const auto head = in.receive(ctx);
        if (!head) return std::nullopt;
        return stream{*head, in};
    }

    // Sends the smallest composite, once if several primes divide it.
    bool send_smallest(const context& ctx) {
        const int smallest = heap_.top().head;
        while (heap_.top().head == smallest) {
            auto next = take_from(ctx, heap_.top().rest);
            if (!next) return false;
            heap_.pop();
            heap_.push(std::move(*next));
        }
        return composites_.send(ctx, smallest);
    }

    error_group& group_;
    const receiver<int> primes_;
    const sender<int> composites_;
    std::priority_queue<stream> heap_;
};

// `feedback` makes, of the channel from which the merger learns primes, the one to which the sieve
// sends them.
template <class Feedback>
receiver<int> eratosthenes(error_group& group, Feedback feedback) {
    const auto out = make_channel<int>(10);
    out.send(2);
    out.send(3);
    const auto composites = make_channel<int>(50);
    const auto known = make_channel<int>(10);
    known.send(3);

    group.go(
        [=, &group](const context& ctx) { merged_multiples(group, known, composites).run(ctx); });
    group.go([=, &group](const context& ctx) {
        const sender<int> primes = feedback(group, known);
        const auto candidates = arithmetic(group, 5, 2, 50);
        auto p = candidates.receive(ctx);
        while (auto c = composites.receive(ctx)) {
            for (; p && *p < *c; p = candidates.receive(ctx)) {
                if (!primes.send(ctx, *p)) return;
                if (!out.send(ctx, *p)) return;
            }
            if (p && *p == *c) p = candidates.receive(ctx);
            if (!p) return;
        }
    });
    return out;
}

class SieveTest : public braid_test::fixture {};

TEST_F(SieveTest, AChainOfFiltersLetsThePrimesThrough) {  // sieve1
    error_group group(background());
    EXPECT_EQ(first(25, chain_of_filters(group)), primes_below_100);
}

TEST_F(SieveTest, WhatTheMergedMultiplesLeaveArePrimes) {  // sieve2
    error_group group(background());
    EXPECT_EQ(first(25, eratosthenes(group, never_full)), primes_below_100);
}

TEST_F(SieveTest, BothSievesAgreeFurtherOn) {
    error_group group(background());
    const auto filtered = chain_of_filters(group);
    const auto merged = eratosthenes(group, never_full);
    const auto n = static_cast<std::size_t>(braid_test::repeat(120));
    EXPECT_EQ(first(n, filtered), first(n, merged));
}

using SieveDeathTest = SieveTest;

// The merger takes a prime only when it has come to the square of the one before, and the sieve
// makes many primes until then. With a plain bounded channel between them the sieve waits for room
// in that channel, and the merger for room in the channel of the composites. There is no choice in
// this program, so it always gets equally far.
TEST_F(SieveDeathTest, WithoutAGrowingBufferTheSecondSieveDeadlocks) {
    const auto run = [] {
        error_group group(background());
        const auto primes =
            eratosthenes(group, [](error_group&, sender<int> known) { return known; });
        for (;;) std::fprintf(stderr, "%d\n", *primes.receive());
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(braid_test::deadlock_status),
                "59\nbraid: all tasks are asleep - deadlock!(.|\n)*the cycle");
}

}  // namespace braid::sieve_test
