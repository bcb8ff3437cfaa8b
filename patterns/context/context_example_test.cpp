// The examples of Go's documentation. Each does what its output says there.
#include <string>
#include <vector>

#include "common/output.hpp"
#include "common/select.hpp"
#include "patterns/context/after_func.hpp"
#include "patterns/mutex/cond.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::context_example_test {

using namespace std::chrono_literals;

class ContextExampleTest : public braid_test::fixture {};

// --- ExampleWithCancel ---

// Counts from 1 until nobody wants more.
task generate(const context& ctx, const sender<int>& to) {
    return go(ctx, [out = output(to)](const context& mine) {
        for (int n = 1; out.send(mine, n); ++n) {
        }
    });
}

TEST_F(ContextExampleTest, AGeneratorEndsWithItsReader) {
    std::vector<int> printed;
    const auto ctx = with_cancel(background());
    const auto numbers = make_channel<int>();
    {
        const task generator = generate(ctx, numbers);
        for (const int n : numbers) {
            printed.push_back(n);
            if (n == 5) break;
        }
    }
    EXPECT_EQ(printed, (std::vector{1, 2, 3, 4, 5}));
    EXPECT_EQ(numbers.receive().status, receive_status::closed) << "its generator has gone";
}

// --- ExampleWithDeadline, ExampleWithTimeout ---

TEST_F(ContextExampleTest, ABlockingCallIsAbandonedAtTheDeadline) {
    const auto never_ready = make_channel<unit>();
    const auto wait = [&](const context& ctx) -> std::string {
        if (select(receive(never_ready), receive(ctx.done())) == 0) return "ready";
        return ctx.err().message();
    };
    const auto by_deadline = with_deadline(background(), std::chrono::steady_clock::now() + 1ms);
    EXPECT_EQ(wait(by_deadline), "context deadline exceeded");
    const auto by_timeout = with_timeout(background(), 1ms);
    EXPECT_EQ(wait(by_timeout), "context deadline exceeded");
}

// --- ExampleWithValue ---

struct language {
    std::string name;
};
struct color {
    std::string name;
};

template <class Key>
std::string look_up(const context& ctx) {
    const Key* const found = ctx.value<Key>();
    return found != nullptr ? "found value: " + found->name : "key not found";
}

TEST_F(ContextExampleTest, AValueIsFoundByItsType) {
    const context ctx = with_value<language>(background(), "C++");
    EXPECT_EQ(look_up<language>(ctx), "found value: C++");
    EXPECT_EQ(look_up<color>(ctx), "key not found");
}

// --- ExampleAfterFunc_cond ---

// Waits for `met` under a condition whose mutex the caller holds, or until ctx is done.
//
// Go's example registers the broadcast under the lock, so it cannot come before the wait. Here a
// registration must not end under the lock that its function needs (I5), so it is made before the
// lock is taken, and ctx is looked at before each wait.
std::error_code wait_on(const context& ctx, cond& c, const std::function<bool()>& met) {
    while (!met()) {
        if (ctx.err()) return ctx.err();
        c.wait();
    }
    return {};
}

TEST_F(ContextExampleTest, AConditionIsWaitedForUnderAContext) {
    mutex m;
    cond c(m);
    std::vector<std::string> printed;
    {
        std::vector<task> waiting;
        waiting.reserve(4);
        for (int i = 0; i < 4; ++i)
            waiting.push_back(go([&] {
                const auto ctx = with_timeout(background(), 1ms);
                const auto stop = after_func(ctx, [&] {
                    // Under the lock: not between the look at ctx and the wait.
                    const std::scoped_lock lock(m);
                    c.broadcast();
                });
                const std::scoped_lock lock(m);
                const std::error_code err = wait_on(ctx, c, [] { return false; });
                printed.push_back(err.message());
            }));
    }
    EXPECT_EQ(printed, std::vector<std::string>(4, "context deadline exceeded"));
}

// --- ExampleAfterFunc_connection ---

// Stands in for a network connection: a read that blocks, and can be made to give up.
class connection {
public:
    // False: it gave up.
    bool read() { return select(receive(data_), receive(give_up_)) == 0; }
    void set_give_up(bool now) {
        if (now)
            give_up_.send(unit{});
        else
            give_up_.try_receive();
    }

private:
    channel<unit> data_ = make_channel<unit>();
    channel<unit> give_up_ = make_channel<unit>(1);
};

std::error_code read_from(const context& ctx, connection& conn) {
    bool read = false;
    bool prevented = false;
    {
        auto stop = after_func(ctx, [&] { conn.set_give_up(true); });
        read = conn.read();
        prevented = stop();
    }  // waits for the function if it was started
    if (!prevented) {
        conn.set_give_up(false);
        return ctx.err();
    }
    return read ? std::error_code() : std::make_error_code(std::errc::connection_reset);
}

TEST_F(ContextExampleTest, AReadIsGivenUpWhenTheContextIsDone) {
    connection conn;
    const auto ctx = with_timeout(background(), 1ms);
    EXPECT_EQ(read_from(ctx, conn).message(), "context deadline exceeded");
}

// --- ExampleAfterFunc_merge ---

struct named : std::runtime_error {
    using std::runtime_error::runtime_error;
};

TEST_F(ContextExampleTest, TwoContextsAreMergedIntoOne) {
    auto ctx1 = with_cancel_cause(background());
    auto ctx2 = with_cancel_cause(background());
    auto merged = with_cancel_cause(ctx1);
    const auto stop = after_func(ctx2, [&] { merged.cancel(ctx2.cause()); });

    ctx2.cancel(named("ctx2 canceled"));
    merged.done().receive();
    EXPECT_EQ(braid_test::text_of(merged.cause()), "ctx2 canceled");
    ctx1.cancel(named("ctx1 canceled"));
    EXPECT_EQ(braid_test::text_of(merged.cause()), "ctx2 canceled");
}

}  // namespace braid::context_example_test
