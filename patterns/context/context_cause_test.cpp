// Why a context is done: err and cause. TestCause of Go row by row, but for its custom contexts
// (see context_test.cpp).
#include <string>

#include "patterns/context/context.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::context_cause_test {

using namespace std::chrono_literals;

class ContextCauseTest : public braid_test::fixture {};

// An exception of the user's, to be told from others.
struct reason : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::exception_ptr reason_of(const char* text) { return std::make_exception_ptr(reason(text)); }

constexpr auto forever = std::chrono::seconds(1'000'000);

// The text of a cause; "none" if there is none, and that of err() if it is no `reason`.
std::string text_of(const std::exception_ptr& cause) {
    if (cause == nullptr) return "none";
    try {
        std::rethrow_exception(cause);
    } catch (const reason& r) {
        return r.what();
    } catch (const std::system_error& e) {
        EXPECT_STREQ(e.what(), e.code().message().c_str());
        return e.code() == context_errc::canceled ? "canceled" : "late";
    }
}

void expect(const context& ctx, const std::error_code& err, const std::string& cause) {
    EXPECT_EQ(ctx.err(), err) << ctx.to_string();
    EXPECT_EQ(text_of(ctx.cause()), cause) << ctx.to_string();
}

constexpr auto canceled = context_errc::canceled;
constexpr auto late = context_errc::deadline_exceeded;

// --- CX-15 ---

TEST_F(ContextCauseTest, ThereIsNoneWhileItIsNotDone) {
    expect(background(), {}, "none");
    expect(todo(), {}, "none");
    const auto ctx = with_cancel_cause(background());
    expect(ctx, {}, "none");
    const auto timed = with_timeout_cause(background(), forever, reason_of("too slow"));
    expect(timed, {}, "none");
}

TEST_F(ContextCauseTest, WithoutACauseItIsTheError) {
    auto plain = with_cancel(background());
    plain.cancel();
    expect(plain, canceled, "canceled");

    auto caused = with_cancel_cause(background());
    caused.cancel(nullptr);
    expect(caused, canceled, "canceled");
}

TEST_F(ContextCauseTest, ItIsTheExceptionThatWasGiven) {
    auto ctx = with_cancel_cause(background());
    const std::exception_ptr why = reason_of("the user left");
    ctx.cancel(why);
    expect(ctx, canceled, "the user left");
    EXPECT_EQ(ctx.cause(), why);

    auto by_value = with_cancel(background());
    by_value.cancel(reason("the user left"));
    expect(by_value, canceled, "the user left");
}

TEST_F(ContextCauseTest, ItCanBeOfATypeThatIsNoStdException) {
    auto ctx = with_cancel(background());
    ctx.cancel(std::make_exception_ptr(42));
    EXPECT_THROW(std::rethrow_exception(ctx.cause()), int);
    EXPECT_EQ(ctx.err(), canceled);
}

// --- CX-16: the first end of a context or of one above it ---

TEST_F(ContextCauseTest, TheFirstOfParentAndChildDecides) {
    struct row {
        bool parent_first;
        const char* parent_says;  // null: it is cancelled without a cause
        const char* child_says;
        const char* parent_cause;
        const char* child_cause;
    };
    for (const row& r : {row{true, "parent", "child", "parent", "parent"},
                         row{false, "parent", "child", "parent", "child"},
                         row{true, "parent", nullptr, "parent", "parent"},
                         row{false, "parent", nullptr, "parent", "canceled"},
                         row{true, nullptr, "child", "canceled", "canceled"},
                         row{false, nullptr, "child", "canceled", "child"}}) {
        auto parent = with_cancel_cause(background());
        auto child = with_cancel_cause(parent);
        const auto cancel = [](scoped_context& ctx, const char* text) {
            text != nullptr ? ctx.cancel(reason(text)) : ctx.cancel();
        };
        if (!r.parent_first) cancel(child, r.child_says);
        cancel(parent, r.parent_says);
        if (r.parent_first) cancel(child, r.child_says);
        expect(parent, canceled, r.parent_cause);
        expect(child, canceled, r.child_cause);
    }
}

TEST_F(ContextCauseTest, ItPassesThroughWhatIsInBetween) {
    auto top = with_cancel_cause(background());
    const auto plain = with_cancel(with_value<int>(top, 1));
    const auto timed = with_timeout_cause(plain, forever, reason_of("too slow"));
    const context leaf = with_value<long>(timed, 2L);
    top.cancel(reason("top"));
    expect(leaf, canceled, "top");
}

// CX-10
TEST_F(ContextCauseTest, AChildOfADoneParentHasTheParentsCause) {
    auto parent = with_cancel_cause(background());
    parent.cancel(reason("parent"));
    const auto child = with_cancel(parent);
    expect(child, canceled, "parent");
    const auto timed = with_timeout_cause(parent, forever, reason_of("too slow"));
    expect(timed, canceled, "parent");
    const auto past = with_timeout_cause(parent, 0s, reason_of("too slow"));
    expect(past, canceled, "parent");
}

// --- CX-17 ---

TEST_F(ContextCauseTest, ADeadlineWithoutCause) {
    auto over = with_timeout(background(), 0s);
    over.cancel();
    expect(over, late, "late");

    auto in_time = with_timeout(background(), forever);
    in_time.cancel();
    expect(in_time, canceled, "canceled");
}

TEST_F(ContextCauseTest, ADeadlineWithACause) {
    auto over = with_timeout_cause(background(), 0s, reason_of("too slow"));
    over.cancel();
    expect(over, late, "too slow");

    auto in_time = with_timeout_cause(background(), forever, reason_of("too slow"));
    in_time.cancel();
    expect(in_time, canceled, "canceled");

    const auto fired = with_deadline_cause(background(), std::chrono::steady_clock::now() + 1ms,
                                           reason_of("too slow"));
    fired.done().receive();
    expect(fired, late, "too slow");
}

TEST_F(ContextCauseTest, ADeadlineUnderAParentWithACause) {
    auto over_parent = with_cancel_cause(background());
    const auto over = with_timeout_cause(over_parent, 0s, reason_of("too slow"));
    over_parent.cancel(reason("finished early"));
    expect(over, late, "too slow");

    auto parent = with_cancel_cause(background());
    const auto in_time = with_timeout_cause(parent, forever, reason_of("too slow"));
    parent.cancel(reason("finished early"));
    expect(in_time, canceled, "finished early");
}

// The cause goes with the deadline that is not applied (CX-12).
TEST_F(ContextCauseTest, ADeadlineThatIsNotAppliedTakesItsCauseAlong) {
    const auto parent = with_timeout_cause(background(), 1ms, reason_of("parent's"));
    const auto child = with_timeout_cause(parent, forever, reason_of("child's"));
    child.done().receive();
    expect(child, late, "parent's");
}

// --- CX-23 ---

TEST_F(ContextCauseTest, WithoutCancelThereNeverIsOne) {
    expect(without_cancel(background()), {}, "none");

    auto parent = with_cancel_cause(background());
    const context shielded = without_cancel(parent);
    parent.cancel(reason("finished early"));
    expect(shielded, {}, "none");

    const auto over = with_timeout_cause(background(), 0s, reason_of("too slow"));
    expect(without_cancel(over), {}, "none");
}

}  // namespace braid::context_cause_test
