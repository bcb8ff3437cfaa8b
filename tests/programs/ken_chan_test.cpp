// Ken Thompson's channel torture tests, test/ken/chan and chan1 of Go. What the Go programs keep in
// shared variables (the random numbers, in a data race, and the totals) is kept by each task here.
// The receivers of chan1 wait for ever in Go; here they end at a close.
#include <array>
#include <atomic>

#include "common/select.hpp"
#include "patterns/wait_group/wait_group.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::ken_chan_test {

constexpr int sends_on_a_channel = 76;

// One channel, and how far its sender and its receiver are. An end that has done its part becomes
// nil, and so takes no further part in a select (SEL-6).
struct lane {
    channel<int> out;
    channel<int> in;
    int sent = 0;
    int received = 0;
};

// What the tasks of one test share: counted, and compared at the end.
struct totals {
    std::atomic<int> sent{0};
    std::atomic<int> received{0};
};

// Yields a few times, a different number at each call, to mix the tasks.
class loiterer {
public:
    explicit loiterer(int most) : most_(most) {}
    void operator()() {
        seed_ = (seed_ + 10007) % 1'000'000;
        for (int n = seed_ % most_; n >= 0; --n) this_task::yield();
    }

private:
    const int most_;
    int seed_ = static_cast<int>(this_task::id() % 97);
};

// True if that was the last one.
bool sent(lane& l, totals& t) {
    ++t.sent;
    if (++l.sent < sends_on_a_channel) return false;
    l.out = {};
    return true;
}
bool received_one(lane& l, int value, totals& t) {
    ++t.received;
    EXPECT_EQ(value, l.received) << "a value is lost, doubled or out of order";
    if (++l.received < sends_on_a_channel) return false;
    l.in = {};
    return true;
}

void send_all(lane& l, totals& t) {
    loiterer loiter(10);
    do {
        loiter();
        l.out.send(l.sent);
    } while (!sent(l, t));
}

void receive_all(lane& l, totals& t) {
    loiterer loiter(10);
    int value = 0;
    do {
        loiter();
        value = l.in.receive().value.value();
    } while (!received_one(l, value, t));
}

using four = std::array<lane*, 4>;

// Receives from four and sends to four, whatever can proceed, until all are done. A null lane is
// one without channels.
void select_all(const four& from, const four& to, totals& t) {
    loiterer loiter(5);
    lane none;
    const auto at = [&](const four& lanes, std::size_t i) -> lane& {
        return lanes[i] != nullptr ? *lanes[i] : none;
    };
    int running = 0;
    for (std::size_t i = 0; i < 4; ++i)
        running += (at(from, i).in ? 1 : 0) + (at(to, i).out ? 1 : 0);
    const auto got = [&](std::size_t i) {
        return receive(at(from, i).in, [&, i](received<int> v) {
            if (received_one(at(from, i), v.value.value(), t)) --running;
        });
    };
    const auto gave = [&](std::size_t i) {
        return send(at(to, i).out, at(to, i).sent, [&, i] {
            if (sent(at(to, i), t)) --running;
        });
    };
    while (running > 0) {
        loiter();
        select(got(0), got(1), got(2), got(3), gave(0), gave(1), gave(2), gave(3));
    }
}

template <std::size_t N>
std::array<lane, N> lanes(std::size_t capacity) {
    std::array<lane, N> all;
    for (lane& l : all) l.out = l.in = make_channel<int>(capacity);
    return all;
}

template <std::size_t N>
four four_of(std::array<lane, N>& all, std::size_t first) {
    return {&all[first], &all[first + 1], &all[first + 2], &all[first + 3]};
}

constexpr four nothing{};

// The capacity of the channels is the parameter.
class KenChanTest : public braid_test::fixture, public testing::WithParamInterface<std::size_t> {
protected:
    void expect_totals(int channels) const {
        EXPECT_EQ(totals_.sent, channels * sends_on_a_channel);
        EXPECT_EQ(totals_.received, channels * sends_on_a_channel);
    }

    void start_senders(wait_group& tasks, const four& to) {
        for (lane* l : to) tasks.go([this, l] { send_all(*l, totals_); });
    }
    void start_receivers(wait_group& tasks, const four& from) {
        for (lane* l : from) tasks.go([this, l] { receive_all(*l, totals_); });
    }
    void start_select(wait_group& tasks, const four& from, const four& to) {
        tasks.go([=, this] { select_all(from, to, totals_); });
    }

    totals totals_;
};

TEST_P(KenChanTest, DirectSendToDirectReceive) {
    auto all = lanes<4>(GetParam());
    {
        wait_group tasks;
        start_senders(tasks, four_of(all, 0));
        start_receivers(tasks, four_of(all, 0));
    }
    expect_totals(4);
}

TEST_P(KenChanTest, DirectSendToSelectingReceive) {
    auto all = lanes<4>(GetParam());
    {
        wait_group tasks;
        start_senders(tasks, four_of(all, 0));
        start_select(tasks, four_of(all, 0), nothing);
    }
    expect_totals(4);
}

TEST_P(KenChanTest, SelectingSendToDirectReceive) {
    auto all = lanes<4>(GetParam());
    {
        wait_group tasks;
        start_receivers(tasks, four_of(all, 0));
        start_select(tasks, nothing, four_of(all, 0));
    }
    expect_totals(4);
}

TEST_P(KenChanTest, SelectingSendToSelectingReceive) {
    auto all = lanes<4>(GetParam());
    {
        wait_group tasks;
        start_select(tasks, nothing, four_of(all, 0));
        start_select(tasks, four_of(all, 0), nothing);
    }
    expect_totals(4);
}

TEST_P(KenChanTest, TwoThatSelectInBothDirections) {
    auto all = lanes<8>(GetParam());
    {
        wait_group tasks;
        start_select(tasks, four_of(all, 4), four_of(all, 0));
        start_select(tasks, four_of(all, 0), four_of(all, 4));
    }
    expect_totals(8);
}

TEST_P(KenChanTest, TwoThatSelectBetweenDirectSendersAndReceivers) {
    auto all = lanes<12>(GetParam());
    {
        wait_group tasks;
        start_senders(tasks, four_of(all, 4));
        start_receivers(tasks, four_of(all, 8));
        start_select(tasks, four_of(all, 4), four_of(all, 0));
        start_select(tasks, four_of(all, 0), four_of(all, 8));
    }
    expect_totals(12);
}

INSTANTIATE_TEST_SUITE_P(Capacity, KenChanTest, testing::Values(0, 1, 10, 100),
                         testing::PrintToStringParamName());

// All of it at once, as the Go program counts it: 4 capacities, 36 channels each.
TEST_F(KenChanTest, AllTogetherSendAndReceive10944) {
    for (const std::size_t capacity : {0U, 1U, 10U, 100U}) {
        auto all = lanes<36>(capacity);
        wait_group tasks;
        start_senders(tasks, four_of(all, 0));
        start_receivers(tasks, four_of(all, 0));
        start_senders(tasks, four_of(all, 4));
        start_select(tasks, four_of(all, 4), nothing);
        start_receivers(tasks, four_of(all, 8));
        start_select(tasks, nothing, four_of(all, 8));
        start_select(tasks, nothing, four_of(all, 12));
        start_select(tasks, four_of(all, 12), nothing);
        start_select(tasks, four_of(all, 20), four_of(all, 16));
        start_select(tasks, four_of(all, 16), four_of(all, 20));
        start_senders(tasks, four_of(all, 28));
        start_receivers(tasks, four_of(all, 32));
        start_select(tasks, four_of(all, 28), four_of(all, 24));
        start_select(tasks, four_of(all, 24), four_of(all, 32));
    }
    EXPECT_EQ(totals_.sent, 10'944);
    EXPECT_EQ(totals_.received, 10'944);
}

// --- chan1: one sender, many receivers, and each message is seen once --------------------------

class KenChan1Test : public braid_test::fixture {};

TEST_F(KenChan1Test, EachMessageIsReceivedOnce) {
    enum class mark { none, sent, received };
    constexpr int messages = 1000;
    constexpr int receivers = 10;
    // Plain variables: that the channel orders the accesses to them is what ThreadSanitizer checks.
    std::array<mark, messages> marks{};
    const auto c = make_channel<std::size_t>(2);
    {
        wait_group tasks;
        for (int i = 0; i < receivers; ++i)
            tasks.go([&, c] {
                for (bool open = true; open;)
                    select(receive(c, [&](received<std::size_t> r) {
                        open = static_cast<bool>(r);
                        if (!r) return;
                        EXPECT_EQ(marks[*r], mark::sent);
                        marks[*r] = mark::received;
                    }));
            });
        for (std::size_t n = 0; n < messages; ++n) {
            EXPECT_EQ(marks[n], mark::none);
            marks[n] = mark::sent;
            c.send(n);
        }
        c.close();
    }
    EXPECT_THAT(marks, testing::Each(mark::received));
}

}  // namespace braid::ken_chan_test
