// Power series as streams of rational coefficients: test/chan/powser1 and powser2 of Go, after Doug
// McIlroy's "Squinting at Power Series". A series is a task that computes a coefficient when it is
// asked for one, and asks the series that it is made of.
//
// The expected lines are what the Go programs print. Their other mode checks the first coefficients
// of the same series against the same numbers. Left out: substitution and the reversion of a
// series, which the Go programs define (the latter as a comment) and do not run. In Go the tasks
// run on when main returns; here they belong to a group, which stops them.
#include <array>
#include <atomic>
#include <numeric>
#include <sstream>
#include <string>

#include "common/select.hpp"
#include "patterns/error_group/error_group.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::power_series_test {

struct rational {
    std::int64_t num;
    std::int64_t den;  // > 0; 0 marks the end of a series
};

constexpr rational finished{1, 0};

bool is_end(const rational& u) { return u.den == 0; }

rational ratio(std::int64_t num, std::int64_t den = 1) {
    const auto g = den < 0 ? -std::gcd(num, den) : std::gcd(num, den);
    return {num / g, den / g};
}

rational operator+(const rational& u, const rational& v) {
    const auto g = std::gcd(u.den, v.den);
    return ratio(u.num * (v.den / g) + v.num * (u.den / g), u.den * (v.den / g));
}

rational operator*(const rational& u, const rational& v) {
    const rational a = ratio(u.num, v.den);  // reduced before, so that nothing overflows early
    const rational b = ratio(v.num, u.den);
    return ratio(a.num * b.num, a.den * b.den);
}

rational operator-(const rational& u) { return {-u.num, u.den}; }

std::ostream& operator<<(std::ostream& out, const rational& u) {
    out << u.num;
    if (u.den != 1) out << '/' << u.den;
    return out;
}

// powser2's elements: what travels is a pointer to an interface, and who receives looks what it is.
class item {
public:
    item() = default;
    item(const item&) = delete;
    item& operator=(const item&) = delete;
    virtual ~item() = default;
};
class boxed final : public item {
public:
    explicit boxed(const rational& u) : value(u) {}
    const rational value;
};
using shared_item = std::shared_ptr<const item>;

void pack(const rational& u, rational& into) { into = u; }
void pack(const rational& u, shared_item& into) { into = std::make_shared<boxed>(u); }
rational unpack(const rational& u) { return u; }
rational unpack(const shared_item& u) { return dynamic_cast<const boxed&>(*u).value; }

// Thrown by a task's wait when the program is over.
struct stopped {};

// The series of one program, over channels of `Element`.
template <class Element>
class power_series {
public:
    // A request, then a coefficient.
    struct series {
        channel<int> request = make_channel<int>();
        channel<Element> data = make_channel<Element>();
    };
    using pair = std::array<series, 2>;

    power_series() = default;

    // The next coefficient of `u`.
    rational get(const series& u) {
        give(u.request, ++requests_);
        return unpack(take(u.data));
    }

    // The first `n` coefficients, or all if there are fewer.
    std::string print(const series& u, int n) {
        std::ostringstream text;
        for (int i = 0; i < n; ++i) {
            const rational c = get(u);
            if (is_end(c)) break;
            if (i > 0) text << ' ';
            text << c;
        }
        return text.str();
    }

    // c c c ...
    series repeat(rational c) {
        series z;
        start([=, this] {
            for (;;) put(c, z);
        });
        return z;
    }

    // (1 + x)^n
    series binomial(int n) {
        series z;
        start([=, this] {
            rational c = ratio(1);
            for (int i = 0; i <= n; ++i) {
                put(c, z);
                c = c * ratio(n - i, i + 1);
            }
            end(z);
        });
        return z;
    }

    series add(series u, series v) {
        series z;
        start([=, this] {
            for (;;) {
                take(z.request);
                const auto [a, b] = get_both(u, v);
                if (is_end(a) && is_end(b)) {
                    answer(finished, z);
                } else if (is_end(a)) {
                    answer(b, z);
                    forward(v, z);
                } else if (is_end(b)) {
                    answer(a, z);
                    forward(u, z);
                } else {
                    answer(a + b, z);
                }
            }
        });
        return z;
    }

    series scale(rational c, series u) {
        series z;
        start([=, this] {
            for (;;) {
                take(z.request);
                const rational a = get(u);
                answer(is_end(a) ? a : c * a, z);
            }
        });
        return z;
    }

    series subtract(series u, series v) { return add(u, scale(ratio(-1), v)); }

    // c + x * u
    series shift(rational c, series u) {
        series z;
        start([=, this] {
            put(c, z);
            forward(u, z);
        });
        return z;
    }

    // With U = u + x*UU and V = v + x*VV: UV = u*v + x*(u*VV + v*UU) + x*x*UU*VV.
    series multiply(series u, series v) {
        series z;
        start([=, this] {
            take(z.request);
            const auto [a, b] = get_both(u, v);
            if (is_end(a) || is_end(b)) {
                answer(finished, z);
                end(z);
            }
            answer(a * b, z);
            const pair uu = split(u);
            const pair vv = split(v);
            const series w = add(scale(a, vv[0]), scale(b, uu[0]));
            take(z.request);
            answer(get(w), z);
            forward(add(w, multiply(uu[1], vv[1])), z);
        });
        return z;
    }

    series differentiate(series u) {
        series z;
        start([=, this] {
            take(z.request);
            rational c = get(u);  // the constant goes
            for (std::int64_t i = 1; !is_end(c); ++i) {
                c = get(u);
                if (is_end(c)) break;
                answer(ratio(i) * c, z);
                take(z.request);
            }
            answer(finished, z);
            end(z);
        });
        return z;
    }

    series integrate(rational constant, series u) {
        series z;
        start([=, this] {
            put(constant, z);
            for (std::int64_t i = 1;; ++i) {
                take(z.request);
                const rational c = get(u);
                answer(is_end(c) ? c : ratio(1, i) * c, z);
            }
        });
        return z;
    }

    // Z = 1/U. With U = u + x*UU: z = 1/u, and ZZ = -UU*Z/u, in which Z is used to make itself.
    series reciprocal(series u) {
        series z;
        start([=, this] {
            const pair zz;
            take(z.request);
            const rational c = get(u);
            const rational first = ratio(c.den, c.num);
            answer(first, z);
            split_into(multiply(scale(-first, u), shift(first, zz[0])), zz);
            forward(zz[1], z);
        });
        return z;
    }

    // Z = exp(U), as the integral of Z * dU. The constant term of U is ignored, as in Go.
    series exponential(series u) {
        const pair zz;
        split_into(integrate(ratio(1), multiply(zz[0], differentiate(u))), zz);
        return zz[1];
    }

    // U(c * x^n)
    series substitute_monomial(series u, rational c, int n) {
        series z;
        start([=, this] {
            for (rational power = ratio(1);; power = power * c) {
                take(z.request);
                const rational a = get(u);
                answer(is_end(a) ? a : a * power, z);
                for (int i = 1; i < n; ++i) put(ratio(0), z);
            }
        });
        return z;
    }

private:
    template <class F>
    void start(F f) {
        group_.go([f = std::move(f)] {
            try {
                f();
            } catch (const stopped&) {
            }
        });
    }

    template <class T>
    T take(const channel<T>& from) {
        auto r = from.receive(group_.ctx());
        if (!r) throw stopped{};
        return *std::move(r);
    }
    template <class T>
    void give(const channel<T>& to, T value) {
        if (!to.send(group_.ctx(), std::move(value))) throw stopped{};
    }

    void answer(const rational& c, const series& z) {
        Element e;
        pack(c, e);
        give(z.data, std::move(e));
    }
    void put(const rational& c, const series& z) {
        take(z.request);
        answer(c, z);
    }
    [[noreturn]] void end(const series& z) {
        for (;;) put(finished, z);
    }
    [[noreturn]] void forward(const series& u, const series& z) {
        for (;;) {
            take(z.request);
            answer(get(u), z);
        }
    }

    // The next coefficient of each, in whatever order they are ready. A channel that has done its
    // part becomes nil, and so is out of the select (SEL-6).
    std::array<rational, 2> get_both(const series& u, const series& v) {
        const std::array<series, 2> in{u, v};
        std::array<channel<int>, 2> ask{u.request, v.request};
        std::array<channel<Element>, 2> data;
        std::array<rational, 2> got{};
        const auto asked = [&](std::size_t i) {
            return [&, i] {
                ask[i] = {};
                data[i] = in[i].data;
            };
        };
        const auto answered = [&](std::size_t i) {
            return [&, i](received<Element> r) {
                got[i] = unpack(r.value.value());
                data[i] = {};
            };
        };
        for (int left = 4; left > 0; --left)
            select(send(ask[0], ++requests_, asked(0)), send(ask[1], ++requests_, asked(1)),
                   receive(data[0], answered(0)), receive(data[1], answered(1)),
                   receive(group_.ctx().done(), [] { throw stopped{}; }));
        return got;
    }

    // Two copies of one series, which may be read at different speeds. A task is made at the first
    // request for a coefficient, and ends when it has given it to both. The newest of them serves
    // out[0]; it serves out[1] too once it was told, on `turn`, that all before it are done.
    pair split(const series& in) {
        pair out;
        split_into(in, out);
        return out;
    }
    void split_into(const series& in, const pair& out) {
        const auto turn = make_channel<unit>();
        start([=, this] { split_one(in, out, turn); });
        start([=, this] { give(turn, unit{}); });
    }
    void split_one(const series& in, pair out, const channel<unit>& turn) {
        bool both = false;
        select(receive(out[0].request), receive(turn, [&] { both = true; }),
               receive(group_.ctx().done(), [] { throw stopped{}; }));
        if (both)
            select(receive(out[0].request),
                   receive(out[1].request, [&] { std::swap(out[0], out[1]); }),
                   receive(group_.ctx().done(), [] { throw stopped{}; }));
        give(in.request, ++requests_);
        const auto next_turn = make_channel<unit>();
        start([=, this] { split_one(in, out, next_turn); });
        const Element c = take(in.data);
        give(out[0].data, c);
        if (!both) take(turn);
        take(out[1].request);
        give(out[1].data, c);
        give(next_turn, unit{});
    }

    std::atomic<int> requests_{0};
    error_group group_{background()};  // last: its tasks use the rest
};

template <class Element>
class PowerSeriesTest : public braid_test::fixture {
protected:
    power_series<Element>& p() { return *program_; }
    void TearDown() override {
        program_.reset();
        fixture::TearDown();
    }

private:
    std::optional<power_series<Element>> program_{std::in_place};
};

struct element_names {
    template <class Element>
    static std::string GetName(int) {
        return std::is_same_v<Element, rational> ? "Values" : "Interfaces";
    }
};
using elements = testing::Types<rational, shared_item>;  // powser1, powser2
TYPED_TEST_SUITE(PowerSeriesTest, elements, element_names);

TYPED_TEST(PowerSeriesTest, RepeatsAConstant) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.repeat(ratio(1)), 10), "1 1 1 1 1 1 1 1 1 1");
    EXPECT_EQ(p.print(p.repeat(ratio(2)), 10), "2 2 2 2 2 2 2 2 2 2");
}

TYPED_TEST(PowerSeriesTest, AddsTermByTerm) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.add(p.repeat(ratio(1)), p.repeat(ratio(2))), 10), "3 3 3 3 3 3 3 3 3 3");
}

TYPED_TEST(PowerSeriesTest, Differentiates) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.differentiate(p.repeat(ratio(1))), 10), "1 2 3 4 5 6 7 8 9 10");
}

TYPED_TEST(PowerSeriesTest, Integrates) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.integrate(ratio(0), p.repeat(ratio(1))), 10),
              "0 1 1/2 1/3 1/4 1/5 1/6 1/7 1/8 1/9");
}

TYPED_TEST(PowerSeriesTest, Scales) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.scale(ratio(-1), p.repeat(ratio(1))), 10), "-1 -1 -1 -1 -1 -1 -1 -1 -1 -1");
}

TYPED_TEST(PowerSeriesTest, Subtracts) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.subtract(p.repeat(ratio(1)), p.repeat(ratio(2))), 10),
              "-1 -1 -1 -1 -1 -1 -1 -1 -1 -1");
}

TYPED_TEST(PowerSeriesTest, Multiplies) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.multiply(p.repeat(ratio(1)), p.repeat(ratio(1))), 10),
              "1 2 3 4 5 6 7 8 9 10");
}

TYPED_TEST(PowerSeriesTest, Exponentiates) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.exponential(p.repeat(ratio(1))), 15),
              "1 1 3/2 13/6 73/24 167/40 4051/720 37633/5040 43817/4480 4596553/362880 "
              "58941091/3628800 274691047/13305600 12470162233/479001600 "
              "202976401213/6227020800 1178339174801/29059430400");
}

TYPED_TEST(PowerSeriesTest, SubstitutesAMonomial) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.substitute_monomial(p.repeat(ratio(1)), ratio(-1), 2), 10),
              "1 0 -1 0 1 0 -1 0 1 0");
}

TYPED_TEST(PowerSeriesTest, IntegratesToTheArcTangent) {
    auto& p = this->p();
    const auto derivative = p.substitute_monomial(p.repeat(ratio(1)), ratio(-1), 2);
    EXPECT_EQ(p.print(p.integrate(ratio(0), derivative), 11), "0 1 0 -1/3 0 1/5 0 -1/7 0 1/9 0");
}

TYPED_TEST(PowerSeriesTest, FiniteSeriesEnd) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.binomial(3), 10), "1 3 3 1");
    EXPECT_EQ(p.print(p.differentiate(p.binomial(3)), 10), "3 6 3");
    EXPECT_EQ(p.print(p.integrate(ratio(0), p.binomial(3)), 10), "0 1 3/2 1 1/4");
    EXPECT_EQ(p.print(p.add(p.binomial(3), p.binomial(1)), 10), "2 4 3 1");
    EXPECT_EQ(p.print(p.add(p.binomial(1), p.repeat(ratio(1))), 5), "2 2 1 1 1");
    EXPECT_EQ(p.print(p.multiply(p.binomial(2), p.binomial(1)), 10), "1 3 3 1");
}

TYPED_TEST(PowerSeriesTest, ASeriesTimesItsReciprocalIsOne) {
    auto& p = this->p();
    EXPECT_EQ(p.print(p.reciprocal(p.repeat(ratio(1))), 8), "1 -1 0 0 0 0 0 0");
    EXPECT_EQ(p.print(p.multiply(p.binomial(2), p.reciprocal(p.binomial(2))), 6), "1 0 0 0 0 0");
}

}  // namespace braid::power_series_test
