// Go's own tests of select, by behaviour: src/runtime/chan_test.go, and the programs
// test/chan/{doubleselect,select,select4,select6,select7}.go and test/typeparam/select.go. Others
// are in select_blocking_test.cpp (select3.go), select_grammar_test.cpp (select5.go),
// select_memory_test.cpp (select2.go), select_conformance_test.cpp (reflect's TestSelect) and
// select_race_test.cpp.
//
// Left out, with the reason:
//   TestSelectStackAdjust: stacks do not shrink or move here
//   test/chan/select8.go: `break` inside a case; a handler is left by `return`
//   test/chan/powser1.go, powser2.go and test/ken/chan.go: whole programs, in tests/programs
//   reflect TestSelectMaxCases: lists have no limit (ThousandsOfCasesWork in select_list_test.cpp)
#include <array>
#include <atomic>
#include <cmath>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::select_go_test {

class GoSelectTest : public braid_test::fixture {};

// --- src/runtime/chan_test.go ------------------------------------------------------------------

// From before the select starts until after it has ended, c1 or c2 is ready: at first c1, then
// both, at last c2. So a select that looks at one instant never takes the default.
int times_nothing_was_ready(int rounds,
                            const std::function<void(const channel<int>&)>& make_ready) {
    using pair = std::pair<channel<int>, channel<int>>;
    const auto work = make_channel<pair>();
    const auto results = make_channel<std::size_t>();
    task t = go([=] {
        for (const auto& [c1, c2] : work) {
            results.send(select(receive(c1), receive(c2), otherwise()));
        }
    });
    int nothing = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto c1 = make_channel<int>(1);
        const auto c2 = make_channel<int>(1);
        c1.send(1);
        work.send({c1, c2});
        make_ready(c2);
        static_cast<void>(c1.try_receive());
        if (*results.receive() == 2) ++nothing;
    }
    work.close();
    return nothing;
}

TEST_F(GoSelectTest, NonblockSelectRace) {  // SEL-8
    const auto ready = [](const channel<int>& c) { c.send(1); };
    EXPECT_EQ(times_nothing_was_ready(braid_test::repeat(20000), ready), 0);
}

TEST_F(GoSelectTest, NonblockSelectRace2) {  // SEL-8
    const auto ready = [](const channel<int>& c) { c.close(); };
    EXPECT_EQ(times_nothing_was_ready(braid_test::repeat(20000), ready), 0);
}

TEST_F(GoSelectTest, SelfSelect) {  // SEL-11
    const int n = braid_test::repeat(1000);
    for (const std::size_t capacity : {0U, 10U}) {
        const auto c = make_channel<int>(capacity);
        std::atomic<int> own{0};
        std::vector<task> tasks;
        for (int p = 0; p < 2; ++p) {
            tasks.push_back(go([&, p] {
                const auto look = [&](received<int> r) {
                    if (*r == p) ++own;
                };
                for (int i = 0; i < n; ++i) {
                    if (p == 0 || i % 2 == 0)
                        select(send(c, p), receive(c, look));
                    else
                        select(receive(c, look), send(c, p));
                }
            }));
        }
        // Unbuffered, each select needs the other task, so both make as many. With a buffer the
        // last ones can be alone, but never without room and without a value at once.
        tasks.clear();
        if (capacity == 0) {
            EXPECT_EQ(own, 0) << "a select communicated with itself";
        }
    }
}

TEST_F(GoSelectTest, SelectStress) {  // SEL-6, SEL-10
    const int n = braid_test::repeat(3000);
    const std::array<channel<int>, 4> c{make_channel<int>(), make_channel<int>(),
                                        make_channel<int>(2), make_channel<int>(3)};
    // Four tasks that send n values on one channel each and four that receive n; one more that
    // sends n on each of them in a single select, and one that receives n: in sum they match.
    std::vector<task> tasks;
    for (const auto& ch : c) {
        tasks.push_back(go([=] {
            for (int i = 0; i < n; ++i) ch.send(0);
        }));
        tasks.push_back(go([=] {
            for (int i = 0; i < n; ++i) ch.receive();
        }));
    }
    tasks.push_back(go([n, c = c]() mutable {
        std::array<int, 4> done{};
        const auto count = [&](std::size_t k) {
            if (++done[k] == n) c[k] = {};  // nil: this case is off from here on
        };
        for (int i = 0; i < 4 * n; ++i) {
            select(send(c[3], 0, [&] { count(3); }), send(c[2], 0, [&] { count(2); }),
                   send(c[0], 0, [&] { count(0); }), send(c[1], 0, [&] { count(1); }));
        }
    }));
    tasks.push_back(go([n, c = c]() mutable {
        std::array<int, 4> done{};
        const auto count = [&](std::size_t k) {
            if (++done[k] == n) c[k] = {};
        };
        for (int i = 0; i < 4 * n; ++i) {
            select(receive(c[0], [&] { count(0); }), receive(c[1], [&] { count(1); }),
                   receive(c[2], [&] { count(2); }), receive(c[3], [&] { count(3); }));
        }
    }));
    tasks.clear();
    for (const auto& ch : c) EXPECT_EQ(ch.size(), 0U);
}

TEST_F(GoSelectTest, SelectFairness) {  // SEL-3
    constexpr int trials = 10000;
    const auto c1 = make_channel<char>(trials + 1);
    const auto c2 = make_channel<char>(trials + 1);
    for (int i = 0; i < trials + 1; ++i) {
        c1.send(1);
        c2.send(2);
    }
    const auto c3 = make_channel<char>();
    const auto c4 = make_channel<char>();
    const auto out = make_channel<char>();
    const auto done = make_channel<unit>();
    task t = go([=] {
        for (received<char> b;;) {
            select(receive(c3, b), receive(c4, b), receive(c1, b), receive(c2, b));
            if (select(send(out, *b), receive(done)) == 1) return;
        }
    });
    std::array<int, 3> count{};
    for (int i = 0; i < trials; ++i) ++count.at(static_cast<std::size_t>(*out.receive()));
    done.close();
    EXPECT_EQ(count[0], 0);
    EXPECT_LE(std::abs(count[1] - trials / 2.0), 10 * std::sqrt(trials * 0.25));
}

TEST_F(GoSelectTest, PseudoRandomSend) {  // SEL-3
    constexpr int n = 100;
    for (const std::size_t capacity : {0, n}) {
        const auto c = make_channel<int>(capacity);
        std::array<int, 2> count{};
        task t = go([&] {
            for (int i = 0; i < n; ++i) {
                this_task::yield();
                ++count.at(static_cast<std::size_t>(*c.receive()));
            }
        });
        for (int i = 0; i < n; ++i) select(send(c, 1), send(c, 0));
        t.join();
        EXPECT_GT(count[0], n / 10);
        EXPECT_GT(count[1], n / 10);
    }
}

TEST_F(GoSelectTest, SelectDuplicateChannel) {  // SEL-10
    const auto c = make_channel<int>();
    const auto d = make_channel<int>();
    const auto e = make_channel<int>();
    task a = go([=] {
        select(receive(c), receive(c), receive(d));
        e.send(9);
    });
    lifecycle::settle();  // a is first in c's queue, twice
    task b = go([=] { c.receive(); });
    lifecycle::settle();
    d.send(7);    // wakes a, which leaves c's queue
    e.receive();  // it has
    c.send(8);    // wakes b
}

// --- test/chan/*.go ----------------------------------------------------------------------------

TEST_F(GoSelectTest, DoubleSelect) {  // SEL-9
    const int n = braid_test::repeat(20000);
    std::array<channel<int>, 4> c;
    for (auto& ch : c) ch = make_channel<int>();
    const auto merged = make_channel<int>();
    task sender = go([=] {
        for (int i = 0; i < n; ++i)
            select(send(c[0], i), send(c[1], i), send(c[2], i), send(c[3], i));
        for (const auto& ch : c) ch.close();
    });
    task closer = go([=] {
        {
            std::vector<task> muxes;
            for (const auto& ch : c) {
                muxes.push_back(go([=] {
                    for (const int v : ch) merged.send(v);
                }));
            }
        }
        merged.close();
    });
    std::vector<int> times(static_cast<std::size_t>(n));
    for (const int v : merged) ++times.at(static_cast<std::size_t>(v));
    EXPECT_THAT(times, testing::Each(1));
}

TEST_F(GoSelectTest, Select) {  // select.go; SEL-1
    unsigned counter = 0;
    unsigned shift = 0;
    const auto value = [&] {
        ++counter;
        return 1U << shift;
    };
    const auto send_to_both = [&](channel<unsigned> a, channel<unsigned> b) {
        for (int sent = 0;; ++sent, ++shift) {
            const auto chosen = select(send(a, value(), [&] { a = {}; }),
                                       send(b, value(), [&] { b = {}; }), otherwise());
            if (chosen == 2) return sent;
        }
    };
    const auto a = make_channel<unsigned>(1);
    const auto b = make_channel<unsigned>(1);
    EXPECT_EQ(send_to_both(a, b), 2);
    EXPECT_EQ(*a.receive() | *b.receive(), 3U);
    EXPECT_EQ(send_to_both(a, {}), 1);
    EXPECT_EQ(counter, 10U) << "both values are computed in every pass";
}

TEST_F(GoSelectTest, Select4) {  // where a value goes is not computed for a case that loses; SEL-2
    struct {
        int a = 0;
    } x;
    const auto c = make_channel<int>(1);
    const auto c1 = make_channel<int>();
    c.send(42);
    const auto f = []() -> int* {
        ADD_FAILURE() << "called f";
        return nullptr;
    };
    select(receive(c1, [&](received<int> r) { *f() = *r; }),
           receive(c, [&](received<int> r) { x.a = *r; }));
    EXPECT_EQ(x.a, 42);
}

TEST_F(GoSelectTest,
       Select6) {  // a losing select that is last in its queue leaves it whole; SEL-10
    const int n = braid_test::repeat(200);
    for (int i = 0; i < n; ++i) {
        const auto c1 = make_channel<bool>();
        const auto c2 = make_channel<bool>();
        const auto c3 = make_channel<bool>();
        task a = go([=] { c1.receive(); });
        if (i % 2 == 1) lifecycle::settle();
        task b = go([=] {
            EXPECT_EQ(select(receive(c1), receive(c2)), 1U);
            c3.send(true);
            c1.receive();
        });
        if (i % 2 == 1) lifecycle::settle();
        task d = go([=] { c2.send(true); });
        c3.receive();
        c1.send(true);
        c1.send(true);
    }
}

TEST_F(GoSelectTest, Select7) {  // values that nobody wants, in every phrasing; SEL-13
    using use = std::function<void(const channel<int>&)>;
    const std::array<use, 3> receives{
        [](const channel<int>& c) { c.receive(); },
        [](const channel<int>& c) { select(receive(c)); },
        [](const channel<int>& c) { select(receive(c), receive(make_channel<int>())); }};
    const std::array<use, 3> sends{
        [](const channel<int>& c) { c.send(1); }, [](const channel<int>& c) { select(send(c, 1)); },
        [](const channel<int>& c) { select(send(c, 1), send(make_channel<int>(), 1)); }};
    for (const auto& receive_one : receives) {
        for (const auto& send_one : sends) {
            for (const bool wait : {false, true}) {
                const auto c = make_channel<int>();
                task t = go([&] { receive_one(c); });
                if (wait) lifecycle::settle();
                send_one(c);
            }
        }
    }
}

template <class T>
T either(const channel<T>& c, const channel<T>& d) {
    received<T> x;
    select(receive(c, x), receive(d, x));
    return *x;
}

TEST_F(GoSelectTest, TypeParamSelect) {  // typeparam/select.go
    const auto c = make_channel<int>(1);
    const auto d = make_channel<int>(1);
    c.send(5);
    d.send(6);
    std::set<int> got{either(c, d)};
    got.insert(either(c, d));
    EXPECT_THAT(got, testing::ElementsAre(5, 6));
}

}  // namespace braid::select_go_test
