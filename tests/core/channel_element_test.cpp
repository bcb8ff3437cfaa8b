// The elements of channels: who owns them when, and of which types they may be.
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::channel_element_test {

class ChannelElementTest : public braid_test::fixture {};

// A value that can only be moved, and whose owner is seen at a glance.
using token = std::unique_ptr<int>;

TEST_F(ChannelElementTest, AFailedTrySendLeavesTheValueWithItsOwner) {
    const auto ch = make_channel<token>(1);
    token mine = std::make_unique<int>(1);
    token& offered = mine;
    EXPECT_TRUE(ch.try_send(std::move(offered)));
    EXPECT_EQ(mine, nullptr);

    mine = std::make_unique<int>(2);
    EXPECT_FALSE(ch.try_send(std::move(offered)));
    ASSERT_NE(mine, nullptr);
    EXPECT_EQ(*mine, 2);

    EXPECT_FALSE(sender<token>{}.try_send(std::move(offered)));
    EXPECT_NE(mine, nullptr);
}

TEST_F(ChannelElementTest, AnLvalueIsCopied) {
    const auto ch = make_channel<std::string>(2);
    const std::string constant = "a string too long for the small string optimisation";
    std::string mine = constant;
    ch.send(mine);
    EXPECT_TRUE(ch.try_send(constant));
    EXPECT_EQ(mine, constant);
    EXPECT_EQ(*ch.receive(), constant);
    EXPECT_EQ(*ch.receive(), constant);
}

TEST_F(ChannelElementTest, LoopsMoveOutOfTheChannel) {
    const auto ch = make_channel<token>();
    task t = go([=] {
        for (int i = 0; i < 5; ++i) ch.send(std::make_unique<int>(i));
        ch.close();
    });
    std::vector<token> all;
    for (token v : ch) all.push_back(std::move(v));
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(*all.back(), 4);
}

// Moves only, is never empty, has no default, and counts how many there are.
class counted {
public:
    explicit counted(int id) noexcept : id_(id) { ++alive; }
    counted(counted&& other) noexcept : id_(other.id_) { ++alive; }
    counted& operator=(counted&& other) noexcept {
        id_ = other.id_;
        return *this;
    }
    ~counted() { --alive; }
    int id() const noexcept { return id_; }

    static inline std::atomic<int> alive{0};

private:
    int id_;
};

TEST_F(ChannelElementTest, AReceivedValueLeavesNothingBehind) {  // CH-17
    {
        const auto ch = make_channel<counted>(4);
        for (int i = 0; i < 4; ++i) ch.send(counted(i));
        EXPECT_EQ(counted::alive, 4);
        EXPECT_EQ(ch.receive()->id(), 0);
        EXPECT_EQ(counted::alive, 3) << "its slot still holds something";
        EXPECT_EQ(ch.try_receive()->id(), 1);
        EXPECT_EQ(counted::alive, 2);
    }
    EXPECT_EQ(counted::alive, 0) << "the last handle takes the buffered values with it";
}

TEST_F(ChannelElementTest, ALoopDropsItsValueBeforeItWaitsForTheNext) {  // CH-17
    const auto ch = make_channel<counted>();
    task t = go([=] {
        for ([[maybe_unused]] auto&& v : ch) {
        }
    });
    for (int i = 0; i < 3; ++i) {
        ch.send(counted(i));
        lifecycle::settle();
        EXPECT_EQ(counted::alive, 0);
    }
    ch.close();
}

TEST_F(ChannelElementTest, OverAlignedAndEmptyElementsWork) {  // CH-18
    struct alignas(128) wide {
        int value;
    };
    const auto ch = make_channel<wide>(3);
    for (int i = 0; i < 3; ++i) ch.send(wide{i});
    for (int i = 0; i < 3; ++i) {
        received<wide> r = ch.receive();
        EXPECT_EQ(r->value, i);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&*r) % alignof(wide), 0U);
    }

    const auto signals = make_channel<unit>(2);
    signals.send({});
    signals.send({});
    EXPECT_EQ(signals.size(), 2U);
    EXPECT_TRUE(signals.receive());
}

// Neither assignable nor to be found by `&`.
class awkward {
public:
    explicit awkward(int v) noexcept : value(v) {}
    awkward(awkward&& other) noexcept : value(other.value) {}
    awkward& operator=(awkward&&) = delete;
    void operator&() const = delete;  // NOLINT(google-runtime-operator)
    int value;
};

TEST_F(ChannelElementTest, AnElementNeedsToBeMoveConstructibleAndNoMore) {
    for (const std::size_t capacity : {0U, 2U}) {
        const auto ch = make_channel<awkward>(capacity);
        task t = go([=] {
            ch.send(awkward(1));
            select(send(ch, awkward(2)));
            ch.close();
        });
        int sum = 0;
        for (awkward&& v : ch) sum += v.value;
        EXPECT_EQ(sum, 3);
    }
}

TEST_F(ChannelElementTest, WhatIsReceivedOutlivesTheReceive) {
    const auto ch = make_channel<std::vector<int>>(1);
    ch.send({1, 2, 3});
    int sum = 0;
    for (const int v : *ch.receive()) sum += v;
    EXPECT_EQ(sum, 6);
}

TEST_F(ChannelElementTest, AnOptionalIsAValueLikeAnyOther) {  // CH-14
    const auto ch = make_channel<std::optional<int>>(2);
    ch.send(std::nullopt);
    ch.send(7);
    received<std::optional<int>> r = ch.receive();
    EXPECT_TRUE(r) << "an empty optional was sent: that is a value";
    EXPECT_EQ(*r, std::nullopt);
    EXPECT_EQ(**ch.receive(), 7);
}

TEST_F(ChannelElementTest, ChannelsAreSentThroughChannels) {  // CH-19
    struct request {
        int argument;
        channel<int> answer;
    };
    const auto requests = make_channel<request>();
    task server = go([in = requests.in()] {
        for (const request& r : in) r.answer.send(r.argument * r.argument);
    });
    for (int i = 0; i < 5; ++i) {
        const auto answer = make_channel<int>();
        requests.send({i, answer});
        EXPECT_EQ(*answer.receive(), i * i);
    }
    requests.close();
}

}  // namespace braid::channel_element_test
