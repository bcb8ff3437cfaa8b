// test/typeparam/chans.go, by behaviour: functions over channels of any element type, which end
// with their input or with their context.
#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/stopper.hpp"

namespace braid::channel_generic_test {

using braid_test::stopper;

class GenericChannelTest : public braid_test::fixture {};

// All values until the channel is closed or ctx is done.
template <cancellation C, receivable R>
auto read_all(const C& ctx, const R& c) {
    std::vector<typename R::value_type> all;
    for (auto&& v : c.until(ctx)) all.push_back(std::forward<decltype(v)>(v));
    return all;
}

// A task with the receiver that it sends to; its output is closed when it ends.
template <class T>
struct stage {
    receiver<T> out;
    task running;
};

template <cancellation C, class T>
stage<T> merge(const C& ctx, receiver<T> c1, receiver<T> c2) {
    const auto r = make_channel<T>();
    return {r, go([=]() mutable {
                bool canceled = false;
                const auto forward = [&](receiver<T>& from) {
                    return [&](received<T> v) {
                        if (!v)
                            from = {};  // nil: drained
                        else if (!r.send(ctx, *std::move(v)))
                            canceled = true;
                    };
                };
                while (!canceled && (c1 || c2)) {
                    select(receive(ctx.done(), [&] { canceled = true; }), receive(c1, forward(c1)),
                           receive(c2, forward(c2)));
                }
                r.close();
            })};
}

template <cancellation C, class T, class Predicate>
stage<T> filter(const C& ctx, receiver<T> c, Predicate wanted) {
    const auto r = make_channel<T>();
    return {r, go([=] {
                for (T v : c.until(ctx))
                    if (wanted(v) && !r.send(ctx, std::move(v))) break;
                r.close();
            })};
}

template <class T, cancellation C>
std::pair<sender<T>, task> sink(const C& ctx) {
    const auto r = make_channel<T>();
    return {r, go([=] {
                for (auto&& v : r.until(ctx)) static_cast<void>(v);
            })};
}

// A value that one task at a time may use: the channel holds it while nobody does.
template <class T>
class exclusive {
public:
    explicit exclusive(T initial) { c_.send(std::move(initial)); }

    T acquire() const { return *c_.receive(); }
    received<T> try_acquire() const { return c_.try_receive(); }
    void release(T v) const {
        if (!c_.try_send(std::move(v))) throw std::logic_error("release without acquire");
    }

private:
    channel<T> c_ = make_channel<T>(1);
};

// A pair of ends. The sender learns that the receiver is gone: in Go by its finalizer, here by its
// destructor.
template <class T>
class ranger_sender {
public:
    ranger_sender(sender<T> values, receiver<unit> done)
        : values_(std::move(values)), done_(std::move(done)) {}

    template <cancellation C>
    bool send(const C& ctx, T v) const {
        return select(braid::send(values_, std::move(v)), receive(ctx.done()), receive(done_)) == 0;
    }
    void close() const { values_.close(); }

private:
    sender<T> values_;
    receiver<unit> done_;
};

template <class T>
class ranger_receiver {
public:
    ranger_receiver(receiver<T> values, sender<unit> done)
        : values_(std::move(values)), done_(std::move(done)) {}
    ranger_receiver(ranger_receiver&& other) noexcept
        : values_(std::move(other.values_)), done_(std::exchange(other.done_, {})) {}
    ranger_receiver& operator=(ranger_receiver&&) = delete;
    ~ranger_receiver() {
        if (done_) done_.close();
    }

    template <cancellation C>
    received<T> next(const C& ctx) const {
        return values_.receive(ctx);
    }

private:
    receiver<T> values_;
    sender<unit> done_;
};

template <class T>
std::pair<ranger_sender<T>, ranger_receiver<T>> ranger() {
    const auto values = make_channel<T>();
    const auto done = make_channel<unit>();
    return {ranger_sender<T>(values, done), ranger_receiver<T>(values, done)};
}

template <class T>
task feed(sender<T> to, std::vector<T> values) {
    return go([=] {
        for (const T& v : values) to.send(v);
        to.close();
    });
}

TEST_F(GenericChannelTest, ReadAll) {  // CH-15
    const stopper ctx;
    const auto c = make_channel<int>();
    task t = feed<int>(c, {4, 2, 5});
    EXPECT_THAT(read_all(ctx, c), testing::ElementsAre(4, 2, 5));

    const auto strings = make_channel<std::string>();
    task u = feed<std::string>(strings, {"a", "b"});
    EXPECT_THAT(read_all(ctx, strings.in()), testing::ElementsAre("a", "b"));
}

TEST_F(GenericChannelTest, Merge) {  // SEL-6
    const stopper ctx;
    const auto c1 = make_channel<int>();
    const auto c2 = make_channel<int>();
    task a = feed<int>(c1, {1, 3, 5});
    task b = feed<int>(c2, {2, 4, 6});
    const auto merged = merge(ctx, c1.in(), c2.in());
    auto got = read_all(ctx, merged.out);
    std::ranges::sort(got);
    EXPECT_THAT(got, testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(GenericChannelTest, Filter) {
    const stopper ctx;
    const auto c = make_channel<int>();
    task t = feed<int>(c, {1, 2, 3});
    const auto even = filter(ctx, c.in(), [](int i) { return i % 2 == 0; });
    EXPECT_THAT(read_all(ctx, even.out), testing::ElementsAre(2));
}

// Whether they wait for a value or to hand one on, the stages end when their context does.
TEST_F(GenericChannelTest, StagesEndWithTheirContext) {
    const stopper ctx;
    const auto full = make_channel<int>(1);
    full.send(1);
    const auto empty = make_channel<int>();
    const auto waits_to_send = merge(ctx, full.in(), empty.in());
    const auto waits_to_receive = filter(ctx, empty.in(), [](int) { return true; });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(waits_to_send.running));
    EXPECT_TRUE(lifecycle::parked(waits_to_receive.running));
    ctx.stop();
    EXPECT_EQ(waits_to_send.out.receive().status, receive_status::closed);
    EXPECT_EQ(waits_to_receive.out.receive().status, receive_status::closed);
}

TEST_F(GenericChannelTest, Sink) {
    const stopper ctx;
    const auto [out, running] = sink<int>(ctx);
    for (int i = 1; i <= 3; ++i) out.send(i);
    out.close();

    const auto [other, ends_with_ctx] = sink<std::string>(ctx);
    other.send("x");
    ctx.stop();
}

TEST_F(GenericChannelTest, Exclusive) {  // MM-4: plain data, guarded by a channel
    int value = 0;
    const exclusive<int*> ex(&value);
    const int each = braid_test::repeat(1000);
    const auto f = [&] {
        for (int i = 0; i < each; ++i) {
            int* const p = ex.acquire();
            ++*p;
            ex.release(p);
        }
    };
    task a = go(f);
    task b = go(f);
    a.join();
    b.join();
    EXPECT_EQ(value, 2 * each);
}

TEST_F(GenericChannelTest, ExclusiveTry) {
    const exclusive<std::unique_ptr<std::string>> ex(std::make_unique<std::string>());
    auto p = ex.try_acquire();
    ASSERT_TRUE(p);
    **p = "a";
    task t = go([&] { EXPECT_FALSE(ex.try_acquire()); });
    t.join();
    ex.release(*std::move(p));
    EXPECT_THROW(ex.release(nullptr), std::logic_error);
    EXPECT_EQ(**ex.try_acquire(), "a");
}

TEST_F(GenericChannelTest, Ranger) {  // a receiver that goes away stops the sender
    const stopper ctx;
    auto [out, in] = ranger<int>();
    const auto sent_one = make_channel<unit>();
    bool second = true;
    task reader = go([&ctx, in = std::move(in)] { EXPECT_EQ(*in.next(ctx), 1); });
    task writer = go([&, out = out] {
        EXPECT_TRUE(out.send(ctx, 1));
        sent_one.close();
        second = out.send(ctx, 2);
    });
    sent_one.receive();
    writer.join();
    EXPECT_FALSE(second);
}

TEST_F(GenericChannelTest, RangerEndsWithItsSenderOrItsContext) {
    const stopper ctx;
    auto [out, in] = ranger<int>();
    out.close();
    EXPECT_EQ(in.next(ctx).status, receive_status::closed);

    auto [other_out, other_in] = ranger<int>();
    ctx.stop();
    EXPECT_EQ(other_in.next(ctx).status, receive_status::canceled);
    EXPECT_FALSE(other_out.send(ctx, 1));
}

}  // namespace braid::channel_generic_test
