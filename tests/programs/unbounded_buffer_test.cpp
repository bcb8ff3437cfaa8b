// A channel without a bound: a task between two channels that keeps what is under way (Advanced Go
// Concurrency Patterns, the buffer; sendproxy of test/chan/sieve2).
#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "common/select.hpp"
#include "patterns/pipeline/pipeline.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::unbounded_buffer_test {

// Always ready to receive, and to send the oldest value that it has; closes its output once the
// input is closed and all was sent. A stage that never pushes back: what it holds has no limit.
template <receivable R, class T = typename R::value_type>
receiver<T> unbounded(error_group& group, const R& input) {
    auto keep = [](const context& ctx, const receiver<T>& in, const output<T>& out) {
        std::deque<T> kept;
        bool open = true;
        const auto take = [&](received<T> r) {
            if (r)
                kept.push_back(*std::move(r));
            else
                open = false;
        };
        while (open || !kept.empty()) {
            const auto chosen = select(
                receive(ctx.done()), when(open, [&] { return receive(in, take); }),
                when(!kept.empty(), [&] {
                    return send(out.to(), std::move(kept.front()), [&] { kept.pop_front(); });
                }));
            if (chosen == 0) return;
        }
    };
    return stage<T>(group, input, keep, {.name = "unbounded"});
}

class UnboundedBufferTest : public braid_test::fixture {};

TEST_F(UnboundedBufferTest, ValuesComeOutInOrderAndThenTheClose) {  // RP-15
    const auto in = make_channel<int>();
    error_group group(background());
    const auto out = unbounded(group, in);
    for (int i = 0; i < 10; ++i) in.send(i);
    in.close();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(*out.receive(), i);
    EXPECT_EQ(out.receive().status, receive_status::closed);
    group.wait();
}

TEST_F(UnboundedBufferTest, ASendNeverWaitsForTheConsumer) {
    const int n = braid_test::repeat(20'000);
    const auto in = make_channel<int>();
    error_group group(background());
    const auto out = unbounded(group, in);
    for (int i = 0; i < n; ++i) in.send(i);  // and nobody has received
    in.close();
    int next = 0;
    for (const int v : out) EXPECT_EQ(v, next++);
    EXPECT_EQ(next, n);
    group.wait();
}

// Sends and receives in turn, so that the buffer runs empty again and again.
TEST_F(UnboundedBufferTest, ItMayRunEmptyAndFillAgain) {
    const auto in = make_channel<int>();
    error_group group(background());
    const auto out = unbounded(group, in);
    int sent = 0, got = 0;
    for (const int burst : {1, 3, 1, 10, 2}) {
        for (int i = 0; i < burst; ++i) in.send(sent++);
        while (got < sent) EXPECT_EQ(*out.receive(), got++);
        EXPECT_EQ(out.try_receive().status, receive_status::would_block);
    }
    in.close();
    EXPECT_EQ(out.receive().status, receive_status::closed);
    group.wait();
}

TEST_F(UnboundedBufferTest, AnEmptyInputGivesAnEmptyOutput) {
    const auto in = make_channel<int>();
    error_group group(background());
    const auto out = unbounded(group, in);
    in.close();
    EXPECT_EQ(out.receive().status, receive_status::closed);
    group.wait();
}

TEST_F(UnboundedBufferTest, AMoveOnlyValueStaysInTheBufferUntilItIsSent) {
    const auto in = make_channel<std::unique_ptr<int>>();
    error_group group(background());
    const auto out = unbounded(group, in);
    // Each send finds the select offering the first value, which then loses to the receive.
    for (int i = 0; i < 100; ++i) in.send(std::make_unique<int>(i));
    in.close();
    int next = 0;
    for (const auto& v : out) EXPECT_EQ(*v, next++);
    EXPECT_EQ(next, 100);
    group.wait();
}

TEST_F(UnboundedBufferTest, AConsumerMayLeaveAndWhatIsKeptIsDestroyed) {
    const auto value = std::make_shared<int>(1);
    {
        const auto in = make_channel<std::shared_ptr<int>>();
        error_group group(background());
        const auto out = unbounded(group, in);
        for (int i = 0; i < 10; ++i) in.send(value);
        EXPECT_EQ(*out.receive(), value);
    }
    EXPECT_EQ(value.use_count(), 1);
}

TEST_F(UnboundedBufferTest, SeveralSendersAndReceivers) {
    constexpr int senders = 3, receivers = 3;
    const int each = braid_test::repeat(2000);
    const auto in = make_channel<int>();
    std::vector<std::atomic<int>> times(static_cast<std::size_t>(senders * each));
    error_group group(background());
    const auto out = unbounded(group, in);
    {
        wait_group sending;
        for (int s = 0; s < senders; ++s)
            sending.go([=] {
                for (int i = 0; i < each; ++i) in.send(s * each + i);
            });
        for (int r = 0; r < receivers; ++r)
            group.go([&times, out](const context& ctx) {
                for (const int v : out.until(ctx)) ++times[static_cast<std::size_t>(v)];
            });
    }
    in.close();
    group.wait();
    for (const auto& n : times) EXPECT_EQ(n, 1);
}

}  // namespace braid::unbounded_buffer_test
