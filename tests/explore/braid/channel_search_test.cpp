// Channels and select: every schedule of the scenarios, judged.
#include "common/select.hpp"
#include "patterns/context/context.hpp"
#include "tests/explore/braid/channel_model.hpp"
#include "tests/explore/braid/scenarios.hpp"

namespace {

using namespace explore;
using m = channel_model;

int result_of(const braid::received<int>& r) {
    switch (r.status) {
        case braid::receive_status::value:
            return *r.value;
        case braid::receive_status::closed:
            return m::closed;
        case braid::receive_status::canceled:
            return m::canceled;
        default:
            return m::would_block;
    }
}

class channels {
public:
    explicit channels(std::size_t capacity)
        : a_(braid::make_channel<int>(capacity)), b_(braid::make_channel<int>(capacity)) {}

    answer call(int, step s) {
        try {
            return s.what < m::receive_either ? on_one(s) : rest(s);
        } catch (const braid::closed_channel&) {
            return {m::closed, s.what == m::receive_or_send};  // by the case that sends
        }
    }

private:
    // The first operations are the same on a and on b.
    answer on_one(step s) {
        const braid::channel<int>& ch = s.what < m::send_b ? a_ : b_;
        switch (s.what % m::send_b) {
            case m::send:
                ch.send(s.argument);
                return {m::done};
            case m::receive:
                return {result_of(ch.receive())};
            case m::try_send:
                return {ch.try_send(s.argument) ? m::done : m::would_block};
            default:
                return {result_of(ch.try_receive())};
        }
    }

    answer rest(step s) {
        int got = m::done;
        const auto take = [&](braid::received<int> r) { got = result_of(r); };
        const auto none = [&] { got = m::would_block; };
        std::size_t which = 0;
        switch (s.what) {
            case m::receive_either:
                which = braid::select(receive(a_, take), receive(b_, take));
                break;
            case m::send_or_receive:
                which = braid::select(send(a_, s.argument), receive(b_, take));
                break;
            case m::receive_or_send:
                which = braid::select(receive(a_, take), send(b_, s.argument));
                break;
            case m::receive_either_or_not:
                which = braid::select(receive(a_, take), receive(b_, take), braid::otherwise(none));
                break;
            case m::send_or_receive_or_not:
                which =
                    braid::select(send(a_, s.argument), receive(b_, take), braid::otherwise(none));
                break;
            case m::receive_or_send_or_not:
                which =
                    braid::select(receive(a_, take), send(b_, s.argument), braid::otherwise(none));
                break;
            case m::send_under:
                return {a_.send(ctx_, s.argument) ? m::done : m::canceled};
            case m::receive_under:
                return {result_of(a_.receive(ctx_))};
            case m::close:
                a_.close();
                break;
            case m::close_b:
                b_.close();
                break;
            default:
                ctx_.cancel();
        }
        return {got, static_cast<int>(which)};
    }

    const braid::channel<int> a_, b_;
    braid::scoped_context ctx_ = braid::with_cancel(braid::background());
};

auto of(int capacity) {
    return [=] { return new channels(static_cast<std::size_t>(capacity)); };
}

TEST(BraidSearchTest, Channel) {
    search_of all("channel");
    for (const int capacity : {0, 1, 2})
        all.run(m(capacity), of(capacity),
                all_of({"send1", "receive", "try_send2", "try_receive", "close"}, {1, 1}));
    for (const int capacity : {0, 1})
        all.run(m(capacity), of(capacity),
                {
                    "send1 send2 close | receive receive receive",
                    "send1 close | receive try_receive close",
                    "try_send1 send2 | try_receive receive",
                    "send1 | settle try_receive send2",
                    "receive | settle try_send1 receive",
                    "send1 | settle close receive",
                    "send_under1 try_receive | receive cancel",
                    "receive_under receive_under | send1 cancel",
                    "receive_under try_receive | cancel send1",
                    "receive_under | cancel close",
                });
    all.run(m(2), of(2), {"send1 send2 close | receive receive receive"});
    all.run(m(0), of(0),
            {
                "send1 | send2 | receive",
                "send1 | receive | close",
            });
    all.run_more(m(0), of(0),
                 {
                     "send1 | send2 | receive receive",
                     "send1 | receive | receive",
                     "send1 | send2 | close",
                     "receive | receive | close",
                     "receive_under | send1 | cancel",
                 });
}

TEST(BraidSearchTest, Select) {
    search_of all("select", false);
    for (const int capacity : {0, 1})
        all.run(m(capacity), of(capacity),
                {
                    "receive_either | send1 send_b2",
                    "receive_either | send_b1 close",
                    "receive_either receive | send1 close",
                    "send_or_receive1 | receive_or_send2",
                    "send_or_receive1 | receive close",
                    "send_or_receive_or_not1 | receive receive_b",
                    "receive_or_send_or_not1 | settle receive_b",
                    "receive_b | settle receive_or_send_or_not1",
                    "receive_either_or_not receive_either_or_not | send1",
                    // one of the two has a value at each moment
                    "receive_either_or_not | send1 send_b2 try_receive",
                    "receive_either_or_not | send_b1 send2 try_receive_b",
                });
    all.run(m(0), of(0), {"receive_either | send1 | send_b2"});
    all.run_more(m(0), of(0),
                 {
                     "receive_either | receive | send1",
                     "receive_either | send1 | close",
                 });
}

}  // namespace
