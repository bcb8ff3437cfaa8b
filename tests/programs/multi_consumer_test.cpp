// Many consumers on one channel: Go's TestMultiConsumer, as it is there and as a fan-out.
#include <array>

#include "patterns/fan_out_fan_in/fan_out_fan_in.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::multi_consumer_test {

constexpr int workers = 23;
constexpr std::size_t room = 3 * workers;
constexpr std::array<int, 10> primes{2, 3, 7, 11, 13, 17, 19, 23, 27, 31};

// Go's has 271 828 items. Where each wake-up is one of the kernel's, fewer have to do.
const int items = braid_test::repeat(50'000);

int item(int i) { return primes[static_cast<std::size_t>(i) % primes.size()]; }

long expected_sum() {
    long sum = 0;
    for (int i = 0; i < items; ++i) sum += item(i);
    return sum;
}

// Each worker steps aside at a number of its own, so that they overtake each other.
void step_aside(int worker, int value) {
    if (item(worker) == value) this_task::yield();
}

class MultiConsumerTest : public braid_test::fixture {
protected:
    static void expect_all(const receiver<int>& results) {
        int count = 0;
        long sum = 0;
        for (const int v : results) {
            ++count;
            sum += v;
        }
        EXPECT_EQ(count, items);
        EXPECT_EQ(sum, expected_sum());
    }
};

// The order of the closes: no more work, all workers done, no more results.
TEST_F(MultiConsumerTest, NothingIsLostOrDoubledBetweenTwentyThreeWorkers) {
    const auto work = make_channel<int>(room);
    const auto results = make_channel<int>(room);
    wait_group busy;
    for (int w = 0; w < workers; ++w)
        busy.go([=] {
            for (const int v : work) {
                step_aside(w, v);
                results.send(v);
            }
        });
    const task feeder = go([&] {
        for (int i = 0; i < items; ++i) work.send(item(i));
        work.close();
        busy.wait();
        results.close();
    });
    expect_all(results);
}

TEST_F(MultiConsumerTest, TheSameAsAFanOut) {
    error_group group(background());
    auto feed = [](const context& ctx, const output<int>& out) {
        for (int i = 0; i < items; ++i)
            if (!out.send(ctx, item(i))) return;
    };
    const auto work = source<int>(group, feed, {.name = "feed", .capacity = room});
    std::atomic<int> numbers{0};
    auto pass_on = [&numbers, worker = -1](int v) mutable {
        if (worker < 0) worker = numbers++;  // each worker has its own copy
        step_aside(worker, v);
        return v;
    };
    expect_all(fan_out(group, work, workers, pass_on, {.capacity = room}));
    group.wait();
    EXPECT_LE(numbers, workers);
}

}  // namespace braid::multi_consumer_test
