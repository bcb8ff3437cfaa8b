// Go's own programs for channels, by behaviour: test/chan/{fifo,nonblock,perm,sendstmt,zerosize}.go
// and test/chancap.go.
//
// Left out, with the reason:
//   test/makechan.go: constant sizes that Go's compiler rejects; ours are run-time values
//   chancap.go's negative sizes: a capacity is unsigned, so -1 is the largest size
//   test/chan/goroutines.go, powser1.go, powser2.go, sieve1.go, sieve2.go, test/ken/chan.go and
//     chan1.go: whole programs, in tests/programs
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/channel.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::channel_go_programs_test {

class GoChannelProgramTest : public braid_test::fixture {};

TEST_F(GoChannelProgramTest, FifoBuffered) {  // fifo.go AsynchFifo; CH-6
    const auto ch = make_channel<int>(10);
    for (int i = 0; i < 10; ++i) ch.send(i);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(*ch.receive(), i);
}

TEST_F(GoChannelProgramTest,
       FifoUnbuffered) {  // fifo.go SynchFifo: a chain reads them in turn; CH-6
    const auto ch = make_channel<int>();
    const auto start = make_channel<int>();
    channel<int> in = start;
    std::vector<task> chain;
    for (int i = 0; i < 10; ++i) {
        const auto out = make_channel<int>();
        chain.push_back(go([=] {
            in.receive();
            EXPECT_EQ(*ch.receive(), i);
            out.send(1);
        }));
        in = out;
    }
    start.send(0);
    for (int i = 0; i < 10; ++i) ch.send(i);
    in.receive();
}

// nonblock.go: it never blocks when the other side is not there, and gets through once it is.
template <class T>
void nonblocking_meets_blocking(std::size_t capacity, const T& to, const T& from) {
    const auto c = make_channel<T>(capacity);
    const auto strobe = make_channel<unit>();
    ASSERT_EQ(select(receive(c), otherwise()), 1U);

    task reader = go([=] {
        EXPECT_EQ(*c.receive(), to);
        strobe.send({});
    });
    while (select(send(c, to), otherwise()) == 1) this_task::yield();
    strobe.receive();

    task writer = go([=] {
        c.send(from);
        strobe.send({});
    });
    if (capacity > 0) strobe.receive();
    received<T> r;
    while (select(receive(c, r), otherwise()) == 1) this_task::yield();
    EXPECT_EQ(*r, from);
    if (capacity == 0) strobe.receive();
}

TEST_F(GoChannelProgramTest, Nonblock) {  // SEL-4
    for (const std::size_t capacity : {0U, 1U}) {
        nonblocking_meets_blocking<std::int32_t>(capacity, 123, 234);
        nonblocking_meets_blocking<std::int64_t>(capacity, 123456, 234567);
        nonblocking_meets_blocking<bool>(capacity, true, true);
        nonblocking_meets_blocking<std::string>(capacity, "hello", "hello again");
    }
}

template <class C>
concept sends = requires(const C& c) {
    c.send(0);
};
template <class C>
concept receives = requires(const C& c) {
    c.receive();
};
template <class C>
concept selects_send = requires(const C& c) {
    send(c, 0);
};
template <class C>
concept selects_receive = requires(const C& c) {
    receive(c, [](auto) {});
};
template <class C>
concept is_range = requires(const C& c) {
    c.begin();
};
template <class C>
concept closes = requires(const C& c) {
    c.close();
};

TEST_F(GoChannelProgramTest, Perm) {  // perm.go: what the types allow; CH-1
    using both = channel<int>;
    using out = sender<int>;
    using in = receiver<int>;
    static_assert(std::is_assignable_v<in&, both> && std::is_assignable_v<out&, both>);
    static_assert(std::is_convertible_v<both, in> && std::is_convertible_v<both, out>);
    static_assert(!std::is_assignable_v<both&, in> && !std::is_constructible_v<both, in>);
    static_assert(!std::is_assignable_v<both&, out> && !std::is_constructible_v<both, out>);
    static_assert(!std::is_assignable_v<in&, out> && !std::is_constructible_v<in, out>);
    static_assert(!std::is_assignable_v<out&, in> && !std::is_constructible_v<out, in>);
    static_assert(!std::is_constructible_v<channel<long>, both>, "nor between elements");

    static_assert(sends<both> && sends<out> && !sends<in> && !sends<int>);
    static_assert(receives<both> && receives<in> && !receives<out> && !receives<int>);
    static_assert(selects_send<both> && selects_send<out> && !selects_send<in>);
    static_assert(selects_receive<both> && selects_receive<in> && !selects_receive<out>);
    static_assert(is_range<both> && is_range<in> && !is_range<out>);
    static_assert(closes<both> && closes<out> && !closes<in> && !closes<int>);
}

TEST_F(GoChannelProgramTest, SendStmt) {  // sendstmt.go; CH-19
    const auto cc = make_channel<channel<int>>(1);
    const auto c = make_channel<int>(1);
    cc.send(c);
    EXPECT_EQ(select(send(*cc.receive(), 2), otherwise()), 0U);
    EXPECT_EQ(*c.receive(), 2);

    const auto flags = make_channel<bool>(1);
    flags.send(false || true);
    EXPECT_TRUE(*flags.receive());
}

TEST_F(GoChannelProgramTest, ZeroSize) {  // zerosize.go; CH-18
    struct empty {};
    using nothing = std::array<char, 0>;
    EXPECT_TRUE(make_channel<nothing>());
    EXPECT_TRUE(make_channel<empty>());
    const auto c = make_channel<nothing>(1);
    c.send({});
    EXPECT_TRUE(c.receive());
    const auto d = make_channel<empty>(1);
    EXPECT_TRUE(d.try_send({}));
    EXPECT_FALSE(d.try_send({}));
    EXPECT_TRUE(d.try_receive());
}

TEST_F(GoChannelProgramTest, ChanCap) {  // chancap.go; CH-2, CH-9
    auto c = make_channel<int>(10);
    EXPECT_EQ(c.size(), 0U);
    EXPECT_EQ(c.capacity(), 10U);
    for (int i = 0; i < 3; ++i) c.send(i);
    EXPECT_EQ(c.size(), 3U);
    EXPECT_EQ(c.capacity(), 10U);
    c = make_channel<int>();
    EXPECT_EQ(c.size(), 0U);
    EXPECT_EQ(c.capacity(), 0U);

    EXPECT_THROW(make_channel<long>(SIZE_MAX), std::length_error);
    EXPECT_THROW(make_channel<long>(SIZE_MAX / 2), std::length_error);
}

}  // namespace braid::channel_go_programs_test
