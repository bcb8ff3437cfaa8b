// Go's src/sync/once_test.go, oncefunc_test.go and the Once examples of example_test.go, by
// behaviour; and what C++ adds: exceptions that are no std::exception, results that can only be
// moved, lifetimes, constant initialisation, the deadlock report.
//
// Left out, with the reason:
//   TestOnceFuncPanicNil, Goexit    there is no nil panic, and no Goexit
//   TestOnceFuncPanicTraceback      an exception carries no stack
//   the allocation counts           once_memory_test.cpp
#include "patterns/once/once_value.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/channel.hpp"
#include "common/steps.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::once_test {

using braid_test::child;
using braid_test::deadlock_status;
using braid_test::exits;
using braid_test::repeat;
using braid_test::run_tasks;
using braid_test::thrown_by;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::HasSubstr;

class OnceTest : public braid_test::fixture {};
class OnceFuncTest : public braid_test::fixture {};
class OnceValueTest : public braid_test::fixture {};
class OnceDeathTest : public ::testing::Test {};

static_assert(!std::is_copy_constructible_v<once> && !std::is_move_constructible_v<once>);
static_assert(!std::is_copy_assignable_v<once> && !std::is_move_assignable_v<once>);

// Usable before main, in any order of static initialisation.
constinit once before_main;
int calls_before_main = [] {
    int calls = 0;
    before_main.call([&] { ++calls; });
    before_main.call([&] { ++calls; });
    return calls;
}();

// --- once ----------------------------------------------------------------------------------------

TEST_F(OnceTest, IsUsableBeforeMain) { EXPECT_EQ(calls_before_main, 1); }

// TestOnce, and the example that prints "Only once". The count is plain: MM-8.
TEST_F(OnceTest, TenTasksCallItOnce) {  // ON-1, I2
    for (int i = 0; i < repeat(200); ++i) {
        once o;
        int calls = 0;
        run_tasks(10, [&](int) {
            o.call([&] { ++calls; });
            EXPECT_EQ(calls, 1);
        });
        EXPECT_EQ(calls, 1);
    }
}

TEST_F(OnceTest, ALaterFunctionIsNotCalledEither) {  // ON-1
    once o;
    std::string called;
    o.call([&] { called += "first"; });
    o.call([&] { called += "second"; });
    EXPECT_EQ(called, "first");
}

TEST_F(OnceTest, EachOnceHasItsOwnFirstCall) {
    std::array<once, 3> all;
    int calls = 0;
    for (int round = 0; round < 2; ++round)
        for (once& o : all) o.call([&] { ++calls; });
    EXPECT_EQ(calls, 3);
}

TEST_F(OnceTest, NobodyReturnsBeforeTheFunctionIsOver) {  // ON-2, I1
    once o;
    const auto gate = make_channel<unit>();
    std::atomic<int> returned{0};
    std::vector<task> callers;
    callers.reserve(4);
    for (int i = 0; i < 4; ++i)
        callers.push_back(go([&] {
            o.call([&] { gate.receive(); });
            ++returned;
        }));
    lifecycle::settle();
    for (const task& t : callers) EXPECT_TRUE(lifecycle::parked(t));
    EXPECT_EQ(returned, 0);
    gate.send({});
    for (task& t : callers) t.join();
    EXPECT_EQ(returned, 4);
}

TEST_F(OnceTest, ServesThreadsThatAreNoTasks) {
    once o;
    int calls = 0;
    std::thread thread([&] {
        o.call([&] { ++calls; });
        EXPECT_EQ(calls, 1);
    });
    o.call([&] { ++calls; });
    EXPECT_EQ(calls, 1);
    thread.join();
}

// TestOncePanic.
TEST_F(OnceTest, AThrowGoesToTheFirstCallerAndCountsAsDone) {  // ON-3
    once o;
    EXPECT_EQ(
        thrown_by<std::runtime_error>([&] { o.call([] { throw std::runtime_error("failed"); }); }),
        "failed");
    o.call([] { ADD_FAILURE() << "called twice"; });
}

TEST_F(OnceTest, ThoseWhoWaitForAFunctionThatThrowsReturn) {  // ON-2, ON-3
    once o;
    const auto gate = make_channel<unit>();
    std::atomic<int> thrown{0}, returned{0};
    const auto caller = [&] {
        try {
            o.call([&] {
                gate.receive();
                throw 7;  // no std::exception
            });
            ++returned;
        } catch (int) {
            ++thrown;
        }
    };
    task a = go(caller), b = go(caller), c = go(caller);
    lifecycle::settle();
    gate.send({});
    a.join();
    b.join();
    c.join();
    EXPECT_EQ(thrown, 1);
    EXPECT_EQ(returned, 2);
}

TEST_F(OnceTest, TheFunctionMayUseOtherOnces) {
    once outer, inner;
    std::string called;
    outer.call([&] {
        inner.call([&] { called += "inner "; });
        called += "outer";
    });
    inner.call([&] { called += " again"; });
    EXPECT_EQ(called, "inner outer");
}

TEST_F(OnceTest, TakesAFunctionAsItIs) {
    struct {
        int calls = 0;
        void operator()() & { ++calls; }
    } counter;
    once lvalue;
    lvalue.call(counter);
    EXPECT_EQ(counter.calls, 1) << "a copy was called";

    struct one_shot {
        std::unique_ptr<int> value;
        int* seen;
        int operator()() && { return *seen = *std::exchange(value, nullptr); }
    };
    int seen = 0;
    once rvalue;
    rvalue.call(one_shot{std::make_unique<int>(5), &seen});
    EXPECT_EQ(seen, 5);
}

TEST_F(OnceTest, IsAMemberOfAggregates) {
    struct lazy {
        once opened;
        int handle = 0;
    } file;
    file.opened.call([&] { file.handle = 3; });
    EXPECT_EQ(file.handle, 3);
}

// The first caller publishes; the others come when all is over, so that only the flag can order
// them after it. The steps order nothing: MM-8, and the fast path of I1.
TEST_F(OnceTest, NoRaceForThoseWhoComeAfterwards) {
    for (int i = 0; i < repeat(200); ++i) {
        once o;
        steps order;
        std::string text;
        task first = go([&] {
            o.call([&] { text = "made by the first"; });
            order.at(1);
        });
        task later = go([&] {
            order.at(2);
            o.call([] { ADD_FAILURE() << "called twice"; });
            EXPECT_EQ(text, "made by the first");
        });
    }
}

// --- once_func -----------------------------------------------------------------------------------

// TestOnceFunc.
TEST_F(OnceFuncTest, CallsItsFunctionAtTheFirstCall) {  // OF-1
    int calls = 0;
    const auto f = once_func([&] { ++calls; });
    EXPECT_EQ(calls, 0);
    f();
    f();
    EXPECT_EQ(calls, 1);
}

TEST_F(OnceFuncTest, CopiesAreOne) {
    int calls = 0;
    const auto f = once_func([&] { ++calls; });
    auto assigned = once_func([] { ADD_FAILURE() << "was replaced"; });
    assigned = f;
    const auto call = [](once_func copy) { copy(); };
    call(assigned);
    call(f);
    f();
    EXPECT_EQ(calls, 1);
}

// A move copies, so there is no empty one.
TEST_F(OnceFuncTest, WhatWasMovedFromCanStillBeCalled) {
    int calls = 0;
    std::vector<once_func> all{once_func([&] { ++calls; })};
    all.push_back(std::move(all.front()));  // NOLINT(performance-move-const-arg)
    for (const once_func& f : all) f();
    EXPECT_EQ(calls, 1);
}

TEST_F(OnceFuncTest, TenTasksCallItOnce) {  // OF-1
    for (int i = 0; i < repeat(200); ++i) {
        int calls = 0;
        const auto f = once_func([&] { ++calls; });
        run_tasks(10, [&, f](int) {
            f();
            EXPECT_EQ(calls, 1);
        });
    }
}

// TestOnceFuncPanic. The callers get not only an equal exception, but the same.
TEST_F(OnceFuncTest, EveryCallThrowsTheSameException) {  // OF-2, I4
    int calls = 0;
    const auto f = once_func([&] {
        ++calls;
        throw std::runtime_error("x");
    });
    std::vector<std::exception_ptr> seen;
    seen.reserve(3);
    for (int i = 0; i < 3; ++i) {
        try {
            f();
            ADD_FAILURE() << "did not throw";
        } catch (const std::runtime_error& e) {
            EXPECT_STREQ(e.what(), "x");
            seen.push_back(std::current_exception());
        }
    }
    EXPECT_THAT(seen, Each(seen.front()));
    EXPECT_EQ(calls, 1);
}

TEST_F(OnceFuncTest, SoDoThoseThatWaitAndThoseThatComeAtTheSameTime) {  // OF-2
    for (int i = 0; i < repeat(200); ++i) {
        std::atomic<int> calls{0};
        const auto f = once_func([&] {
            ++calls;
            throw std::runtime_error("no such file");
        });
        run_tasks(8, [&](int) { EXPECT_EQ(thrown_by<std::runtime_error>(f), "no such file"); });
        EXPECT_EQ(calls, 1);
    }
}

TEST_F(OnceFuncTest, ThrowsWhatIsNoStdExceptionToo) {  // OF-2
    const auto f = once_func([] { throw 7; });
    EXPECT_THROW(f(), int);
    EXPECT_THROW(f(), int);
}

// A once_func that was given nothing to call fails like one whose function fails.
TEST_F(OnceFuncTest, AnEmptyFunctionFailsAtEveryCall) {
    const auto f = once_func(std::function<void()>());
    EXPECT_THROW(f(), std::bad_function_call);
    EXPECT_THROW(f(), std::bad_function_call);
}

// TestOnceXGC.
TEST_F(OnceFuncTest, WhatItCapturedIsGoneAfterTheFirstCall) {  // OF-4
    for (const bool fails : {false, true}) {
        auto owned = std::make_shared<int>(0);
        const std::weak_ptr<int> watched = owned;
        const auto f = once_func([owned = std::move(owned), fails] {
            if (fails) throw std::runtime_error("failed");
        });
        EXPECT_FALSE(watched.expired()) << "gone too early";
        thrown_by<std::runtime_error>(f);
        EXPECT_TRUE(watched.expired());
        thrown_by<std::runtime_error>(f);
    }
}

// ... and before anybody who waited for it goes on.
TEST_F(OnceFuncTest, NobodyReturnsBeforeWhatItCapturedIsGone) {  // OF-4
    for (int i = 0; i < repeat(200); ++i) {
        auto owned = std::make_shared<int>(0);
        const std::weak_ptr<int> watched = owned;
        const auto f = once_func([owned = std::move(owned)] {});
        run_tasks(4, [&](int) {
            f();
            EXPECT_TRUE(watched.expired());
        });
    }
}

TEST_F(OnceFuncTest, WhatItCapturedIsGoneWithTheLastCopyIfItWasNeverCalled) {
    auto owned = std::make_shared<int>(0);
    const std::weak_ptr<int> watched = owned;
    std::vector<once_func> copies(2, once_func([owned = std::move(owned)] {}));
    copies.pop_back();
    EXPECT_FALSE(watched.expired());
    copies.pop_back();
    EXPECT_TRUE(watched.expired());
}

TEST_F(OnceFuncTest, TakesAFunctionThatCanOnlyBeMovedAndCallsItAsAnRvalue) {
    struct one_shot {
        std::unique_ptr<int> value;
        int* seen;
        void operator()() && { *seen = *std::exchange(value, nullptr); }
    };
    int seen = 0;
    const auto f = once_func(one_shot{std::make_unique<int>(5), &seen});
    f();
    EXPECT_EQ(seen, 5);
}

// --- once_value ----------------------------------------------------------------------------------

// TestOnceValue.
TEST_F(OnceValueTest, KeepsTheResultOfItsOneCall) {  // OF-1
    int calls = 0;
    const auto value = once_value([&] { return ++calls; });
    static_assert(std::is_same_v<decltype(value), const once_value<int>>);
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(value(), 1);
    EXPECT_EQ(value(), 1);
    EXPECT_EQ(calls, 1);
}

// The example that prints "Computed once: 499500".
TEST_F(OnceValueTest, TenTasksComputeItOnce) {  // OF-1
    for (int i = 0; i < repeat(100); ++i) {
        int computed = 0;
        const auto sum = once_value([&] {
            ++computed;
            std::vector<int> numbers(1000);
            std::iota(numbers.begin(), numbers.end(), 0);
            return std::accumulate(numbers.begin(), numbers.end(), 0);
        });
        run_tasks(10, [&, sum](int) { EXPECT_EQ(sum(), 499500); });
        EXPECT_EQ(computed, 1);
    }
}

TEST_F(OnceValueTest, AllCopiesReturnTheSameObject) {
    const auto text = once_value([] { return std::string("one"); });
    static_assert(std::is_same_v<decltype(text()), const std::string&>);
    static_assert(std::is_same_v<decltype(once_value(text)), once_value<std::string>>);  // a copy
    const auto address_in = [](once_value<std::string> copy) { return &copy(); };
    EXPECT_EQ(address_in(text), &text());
}

TEST_F(OnceValueTest, TheValueLivesAsLongAsACopy) {
    std::weak_ptr<int> watched;
    {
        std::optional<once_value<std::shared_ptr<int>>> first(
            once_value([] { return std::make_shared<int>(5); }));
        const auto copy = *first;
        const std::shared_ptr<int>& value = (*first)();
        watched = value;
        first.reset();
        EXPECT_EQ(&copy(), &value);
        EXPECT_EQ(*value, 5);
    }
    EXPECT_TRUE(watched.expired());
}

// TestOnceValuePanic.
TEST_F(OnceValueTest, EveryCallThrowsTheSameException) {  // OF-2, I4
    std::atomic<int> calls{0};
    const auto value = once_value([&]() -> int {
        ++calls;
        throw std::runtime_error("x");
    });
    run_tasks(4, [&](int) { EXPECT_EQ(thrown_by<std::runtime_error>(value), "x"); });
    EXPECT_EQ(thrown_by<std::runtime_error>(value), "x");
    EXPECT_EQ(calls, 1);
}

// TestOnceXGC for values.
TEST_F(OnceValueTest, WhatItCapturedIsGoneAfterTheFirstCall) {  // OF-4
    auto owned = std::make_shared<int>(6);
    const std::weak_ptr<int> watched = owned;
    const auto value = once_value([owned = std::move(owned)] { return *owned; });
    EXPECT_FALSE(watched.expired());
    EXPECT_EQ(value(), 6);
    EXPECT_TRUE(watched.expired());
    EXPECT_EQ(value(), 6);
}

// TestOnceValues.
TEST_F(OnceValueTest, TwoResultsAreAPair) {  // OF-1
    int calls = 0;
    const auto values = once_value([&] { return std::pair(++calls, 2); });
    const auto& [first, second] = values();
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 2);
}

TEST_F(OnceValueTest, TheResultNeedsNoDefaultAndNoCopy) {
    struct result {
        explicit result(int v) : value(std::make_unique<int>(v)) {}
        std::unique_ptr<int> value;
    };
    const auto made = once_value([] { return result(5); });
    EXPECT_EQ(*made().value, 5);
}

TEST_F(OnceValueTest, AReferenceThatIsReturnedIsCopied) {
    int source = 1;
    const auto value = once_value([&]() -> int& { return source; });
    EXPECT_EQ(value(), 1);
    source = 2;
    EXPECT_EQ(value(), 1);
}

TEST_F(OnceValueTest, ATemporaryReturnsACopy) {
    static_assert(std::is_same_v<decltype(once_value([] { return 5; })()), int>);
    EXPECT_EQ(once_value([] { return std::string("gone with it?"); })(), "gone with it?");
}

TEST_F(OnceValueTest, IsAMemberWithAType) {
    class document {
    public:
        explicit document(std::string text)
            : words_(
                  [text = std::move(text)] { return std::count(text.begin(), text.end(), ' '); }) {}
        std::ptrdiff_t spaces() const { return words_(); }

    private:
        once_value<std::ptrdiff_t> words_;
    };
    EXPECT_EQ(document("a b c").spaces(), 2);
}

TEST_F(OnceValueTest, IsAFunctionToOthers) {
    const auto value = once_value([] { return 5; });
    const std::function<int()> f = value;
    EXPECT_EQ(f(), 5);
    const auto of_it = once_value(std::function<int()>(value));
    EXPECT_EQ(of_it(), 5);
}

TEST_F(OnceValueTest, OneMayUseAnother) {
    const auto base = once_value([] { return 20; });
    const auto derived = once_value([base] { return base() + 1; });
    EXPECT_EQ(derived(), 21);
}

// --- Misuse --------------------------------------------------------------------------------------

// ON-4, I3. broken/calls_itself.cpp
TEST_F(OnceDeathTest, AFunctionThatCallsItsOwnOnceDeadlocks) {
    EXPECT_EXIT(child([] {
                    once o;
                    o.call([&] { o.call([] {}); });
                }),
                exits(deadlock_status),
                AllOf(HasSubstr("all tasks are asleep - deadlock!"),
                      ContainsRegex("the cycle:\n"
                                    "    thread #1 waits in lock at [^\n]*once_test.cpp:[0-9]+\n"
                                    "        for the mutex made at [^\n]*once_test.cpp:[0-9]+,\n"
                                    "        which thread #1 holds\n$")));
}

TEST_F(OnceDeathTest, SoDoesAValueThatIsMadeOfItself) {
    EXPECT_EXIT(child([] {
                    std::function<int()> again;
                    const auto value = once_value([&] { return again() + 1; });
                    again = value;
                    static_cast<void>(value());
                }),
                exits(deadlock_status), HasSubstr("which thread #1 holds"));
}

TEST_F(OnceDeathTest, TwoThatNeedEachOtherAreReportedAsACycle) {
    const auto program = [] {
        once a, b;
        const auto inside = make_channel<unit>();
        task other = go({.name = "other"}, [&] {
            b.call([&] {
                inside.send({});
                a.call([] {});
            });
        });
        a.call([&] {
            inside.receive();
            b.call([] {});
        });
    };
    EXPECT_EXIT(child(program), exits(deadlock_status),
                ContainsRegex("the cycle:\n    thread #1 waits in lock at [^\n]*\n"
                              "        for the mutex made at [^\n]*,\n"
                              "        which task #2 \"other\" holds\n"
                              "    task #2 \"other\" waits in lock at [^\n]*\n"
                              "        for the mutex made at [^\n]*,\n"
                              "        which thread #1 holds\n$"));
}

}  // namespace braid::once_test
