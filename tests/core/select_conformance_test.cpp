// TestSelect of Go's src/reflect/all_test.go, by behaviour: every set of ten kinds of cases, in a
// random order. The rules for what select may do with them:
//   - the case it returns could proceed, and gives what that case gives;
//   - it throws only if there is a send on a closed channel, and must if nothing else can proceed;
//   - it takes the default only if no case could proceed.
//
// Left out, with the reason: TestSelectMaxCases (lists have no limit), and its zero Chan, which is
// the nil channel of a second element type here.
#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::select_conformance_test {

// What is known about one case of a select under test, and how to add it to the list.
struct expected_case {
    std::string name;
    bool can_proceed = false;
    bool throws = false;
    std::optional<std::string> receives = {};  // the value, "closed", or nothing for a send
    std::function<void()> helper = {};         // what another task can do so that it can proceed
    std::function<void(select_list&, std::string& got)> add = {};
};

std::string text(int v) { return std::to_string(v); }
std::string text(const std::string& v) { return v; }

template <class T>
void expect_receive(expected_case& c, const channel<T>& ch) {
    c.add = [ch](select_list& list, std::string& got) {
        list.receive(ch, [&got](received<T> r) { got = r ? text(*r) : "closed"; });
    };
}

template <class T>
void expect_send(expected_case& c, const channel<T>& ch, const T& value) {
    c.add = [ch, value](select_list& list, std::string& got) {
        list.send(ch, value, [&got] { got = "sent"; });
    };
}

// The kinds of cases on channels with elements `T`; `value` tells them apart.
template <class T>
struct kinds {
    T value;

    expected_case ready_send() const {
        expected_case c{.name = "ready send", .can_proceed = true};
        expect_send(c, make_channel<T>(1), value);
        return c;
    }
    expected_case ready_receive() const {
        expected_case c{.name = "ready receive", .can_proceed = true, .receives = text(value)};
        const auto ch = make_channel<T>(1);
        ch.send(value);
        expect_receive(c, ch);
        return c;
    }
    expected_case blocking_send(bool with_helper) const {
        expected_case c{.name = "blocking send"};
        const auto ch = make_channel<T>();
        if (with_helper) c.helper = [ch] { ch.receive(); };
        expect_send(c, ch, value);
        return c;
    }
    expected_case blocking_receive(bool with_helper) const {
        expected_case c{.name = "blocking receive", .receives = text(value)};
        const auto ch = make_channel<T>();
        if (with_helper) c.helper = [ch, v = value] { ch.send(v); };
        expect_receive(c, ch);
        return c;
    }
    expected_case nil_send() const {
        expected_case c{.name = "nil send"};
        expect_send(c, channel<T>{}, value);
        return c;
    }
    expected_case nil_receive() const {
        expected_case c{.name = "nil receive"};
        expect_receive(c, channel<T>{});
        return c;
    }
    expected_case closed_send() const {
        expected_case c{.name = "closed send", .can_proceed = true, .throws = true};
        const auto ch = make_channel<T>();
        ch.close();
        expect_send(c, ch, value);
        return c;
    }
    expected_case closed_receive() const {
        expected_case c{.name = "closed receive", .can_proceed = true, .receives = "closed"};
        const auto ch = make_channel<T>();
        ch.close();
        expect_receive(c, ch);
        return c;
    }
};

// What goes into one select. Every combination is tried.
struct choices {
    unsigned bits = 0;
    static constexpr unsigned end = 1U << 13U;

    bool bit(unsigned i) const { return (bits >> i & 1U) != 0; }
    // A helper for a case that is not there would be a combination twice.
    bool redundant() const { return (bit(3) && !bit(2)) || (bit(5) && !bit(4)); }

    template <class A, class B>
    std::vector<expected_case> make(const kinds<A>& a, const kinds<B>& b) const {
        std::vector<expected_case> cases;
        if (bit(0)) cases.push_back(a.ready_send());
        if (bit(1)) cases.push_back(b.ready_receive());
        if (bit(2)) cases.push_back(a.blocking_send(bit(3)));
        if (bit(4)) cases.push_back(b.blocking_receive(bit(5)));
        if (bit(6)) cases.push_back(a.nil_send());
        if (bit(7)) cases.push_back(b.nil_send());
        if (bit(8)) cases.push_back(a.nil_receive());
        if (bit(9)) cases.push_back(b.nil_receive());
        if (bit(10)) cases.push_back(a.closed_send());
        if (bit(11)) cases.push_back(b.closed_receive());
        return cases;
    }
    bool with_default() const { return bit(12); }
};

std::string describe(const std::vector<expected_case>& cases) {
    std::string all = "select {\n";
    for (std::size_t i = 0; i < cases.size(); ++i) {
        all.append(std::to_string(i)).append(": ").append(cases[i].name);
        if (cases[i].can_proceed) all += " (can proceed)";
        all += "\n";
    }
    return all + "}";
}

class SelectConformanceTest : public braid_test::fixture {
protected:
    // Adds the default if the select would block for ever otherwise, or if asked to; else makes
    // one case able to proceed with the help of another task.
    std::function<void()> complete(std::vector<expected_case>& cases, bool with_default) {
        const auto proceeds = [](const expected_case& c) { return c.can_proceed; };
        const bool some_proceed = std::ranges::any_of(cases, proceeds);
        std::vector<expected_case*> helped;
        for (expected_case& c : cases) {
            if (!c.can_proceed && c.helper) helped.push_back(&c);
        }
        if (with_default || (!some_proceed && helped.empty())) {
            expected_case c{.name = "default", .can_proceed = !some_proceed};
            c.add = [](select_list& list, std::string& got) {
                list.otherwise([&got] { got = "default"; });
            };
            cases.push_back(c);
            return {};
        }
        if (some_proceed) return {};
        expected_case& chosen = *helped[random_() % helped.size()];
        chosen.can_proceed = true;
        return chosen.helper;
    }

    // The helper comes before the select, after it, or as it happens.
    task start(const std::function<void()>& helper) {
        if (!helper) return {};
        const auto when = random_() % 3;
        task t = go([=] {
            if (when == 1) lifecycle::settle();
            helper();
        });
        if (when == 0) lifecycle::settle();
        return t;
    }

    void check(std::vector<expected_case> cases, bool with_default) {
        const auto helper = complete(cases, with_default);
        std::ranges::shuffle(cases, random_);
        const auto how_many = [&](auto which) { return std::ranges::count_if(cases, which); };
        const auto could = how_many([](const expected_case& c) { return c.can_proceed; });
        const auto could_throw = how_many([](const expected_case& c) { return c.throws; });

        std::string got;
        select_list list;
        for (const auto& c : cases) c.add(list, got);
        std::size_t index = 0;
        {
            task helping = start(helper);
            try {
                index = select(list);
            } catch (const closed_channel&) {
                EXPECT_GT(could_throw, 0) << describe(cases);
                EXPECT_EQ(got, "") << "a handler ran all the same";
                return;
            }
        }
        ASSERT_LT(index, cases.size());
        const expected_case& chosen = cases[index];
        EXPECT_FALSE(could_throw == 1 && could == 1) << "should have thrown: " << describe(cases);
        EXPECT_TRUE(chosen.can_proceed) << "chose " << index << " of " << describe(cases);
        EXPECT_FALSE(chosen.throws) << "chose " << index << " of " << describe(cases);
        const std::string done = chosen.name == "default" ? "default" : "sent";
        EXPECT_EQ(got, chosen.receives.value_or(done)) << describe(cases);
    }

private:
    std::mt19937 random_{20091110};  // fixed: a failure can be run again
};

TEST_F(SelectConformanceTest, Exhaustive) {  // SEL-3 to SEL-7, SEL-9, SEL-17
    const int orders = braid_test::repeat(20);
    for (choices which; which.bits < choices::end && !HasFailure(); ++which.bits) {
        if (which.redundant()) continue;
        const kinds<int> numbers{static_cast<int>(which.bits)};
        const kinds<std::string> strings{std::string("s").append(std::to_string(which.bits))};
        for (int order = 0; order < orders; ++order) {
            if (order % 2 == 0)
                check(which.make(numbers, strings), which.with_default());
            else
                check(which.make(strings, numbers), which.with_default());
        }
    }
}

TEST_F(SelectConformanceTest, Nop) {  // TestSelectNop: select { default: }
    select_list list;
    bool ran = false;
    EXPECT_EQ(list.otherwise([&] { ran = true; }), 0U);
    EXPECT_EQ(select(list), 0U);
    EXPECT_TRUE(ran);
}

}  // namespace braid::select_conformance_test
