// test/chan/select5.go, by behaviour. Go generates 1045 programs from a grammar: one send or
// receive, alone or in a select, blocking or not, beside any set of cases that cannot proceed. Here
// the same grammar makes the same cases at run time. Each is run twice: as one select whose cases
// are switched on by `when`, and as a list in the order of the grammar.
//
// Go's order of evaluation (recvOrder, sendOrder) is its left to right; C++ leaves the order of
// arguments open. What is held to here is that each operand is evaluated exactly once, and that
// where a value goes is computed after the communication, and for the chosen case alone.
#include <algorithm>
#include <any>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/select.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::select_grammar_test {

// Walks through every path of a piece of logic that makes choices: choose(n) is 0 at first, and the
// last choice that is not exhausted goes one on with each next().
class paths {
public:
    std::size_t choose(std::size_t n) {
        if (at_ == taken_.size()) taken_.push_back({0, n});
        if (taken_[at_].of != n) throw std::logic_error("the logic is not deterministic");
        return taken_[at_++].now;
    }
    bool maybe() { return choose(2) == 1; }

    bool next() {
        while (!taken_.empty() && taken_.back().now + 1 == taken_.back().of) taken_.pop_back();
        at_ = 0;
        if (taken_.empty()) return false;
        ++taken_.back().now;
        return true;
    }

private:
    struct choice {
        std::size_t now;
        std::size_t of;
    };
    std::vector<choice> taken_;
    std::size_t at_ = 0;
};

// The terminals of the grammar: what a case is.
enum class kind {
    default_first,
    receive_plain,     // case x = <-c
    receive_indirect,  // case *f(&x) = <-c
    receive_local,     // case y := <-c
    receive_any,       // case i = <-c
    receive_in_map,    // case m[13] = <-c
    send_value,        // case c <- n
    default_after,
    dummy_send,  // those from here on cannot proceed
    dummy_receive,
    dummy_receive_to_null,  // case **(**int)(nil) = <-dummy
    dummy_receive_to_x,
    nil_send,
    nil_receive,
    nil_receive_to_null,
    nil_receive_to_x,
    count
};
using sentence = std::vector<kind>;

class SelectGrammarTest : public braid_test::fixture {
protected:
    // The channel is buffered, so that one task is enough: what counts is who is called.
    channel<int> c = make_channel<int>(1);
    channel<int> dummy = make_channel<int>();
    channel<int> nil;
    int n = 1;
    int x = 0;
    std::any i;
    std::map<int, int> m;
    bool defaulted = false;
    std::size_t sentences = 0;

    // Operands, which count how often each channel and each value is evaluated.
    const channel<int>& ch(const channel<int>& of) {
        ++channels_;
        return of;
    }
    int value(int v) {
        ++values_;
        return v;
    }
    // Destinations, which exist only after the communication.
    int* f(int* p) {
        EXPECT_EQ(c.size(), 0U) << "computed before the receive";
        ++destinations_;
        return p;
    }

    void receive_into(kind k, int v) {
        switch (k) {
            case kind::receive_plain:
            case kind::dummy_receive_to_x:
            case kind::nil_receive_to_x:
                x = v;
                break;
            case kind::receive_indirect:
                *f(&x) = v;
                break;
            case kind::receive_local: {
                const int y = v;
                x = y;
                break;
            }
            case kind::receive_any:
                i = v;
                x = std::any_cast<int>(i);
                break;
            case kind::receive_in_map:
                m[*f(&thirteen_)] = v;
                x = m[13];
                break;
            default:  // to a null pointer, if it were chosen
                ADD_FAILURE() << "case " << static_cast<int>(k) << " cannot be chosen";
        }
    }

    static bool is_default(kind k) { return k == kind::default_first || k == kind::default_after; }
    static bool is_send(kind k) {
        return k == kind::send_value || k == kind::dummy_send || k == kind::nil_send;
    }
    const channel<int>& channel_of(kind k) const {
        if (k >= kind::nil_send) return nil;
        return k >= kind::dummy_send ? dummy : c;
    }
    int value_of(kind k) const { return k == kind::send_value ? n : 1; }

    auto make_receive(kind k) {
        return receive(ch(channel_of(k)), [this, k](received<int> r) { receive_into(k, *r); });
    }
    auto make_default() {
        return otherwise([this] { defaulted = true; });
    }

    // One select over all terminals, of which the sentence's are switched on.
    void run_with_when(const sentence& s) {
        const auto on = [&](kind k) { return std::find(s.begin(), s.end(), k) != s.end(); };
        const auto a_receive = [&](kind k) {
            return when(on(k), [this, k] { return make_receive(k); });
        };
        const auto a_send = [&](kind k) {
            return when(on(k), [this, k] {
                int offered = value(value_of(k));
                return send(ch(channel_of(k)), offered, [k] { EXPECT_EQ(k, kind::send_value); });
            });
        };
        const auto a_default = [&](kind k) {
            return when(on(k), [this] { return make_default(); });
        };
        select(a_default(kind::default_first), a_receive(kind::receive_plain),
               a_receive(kind::receive_indirect), a_receive(kind::receive_local),
               a_receive(kind::receive_any), a_receive(kind::receive_in_map),
               a_send(kind::send_value), a_default(kind::default_after), a_send(kind::dummy_send),
               a_receive(kind::dummy_receive), a_receive(kind::dummy_receive_to_null),
               a_receive(kind::dummy_receive_to_x), a_send(kind::nil_send),
               a_receive(kind::nil_receive), a_receive(kind::nil_receive_to_null),
               a_receive(kind::nil_receive_to_x));
    }

    // The same cases as a list, in the order of the sentence.
    void run_as_list(const sentence& s) {
        select_list cases;
        for (const kind k : s) {
            if (is_default(k))
                cases.otherwise([this] { defaulted = true; });
            else if (is_send(k))
                cases.send(ch(channel_of(k)), value(value_of(k)),
                           [k] { EXPECT_EQ(k, kind::send_value); });
            else
                cases.receive(ch(channel_of(k)),
                              [this, k](received<int> r) { receive_into(k, *r); });
        }
        select(cases);
    }

    // Runs the sentence both ways. `before` and `after` do what surrounds the select.
    template <class Before, class After>
    void run(const sentence& s, Before before, After after) {
        ++sentences;
        for (const bool as_list : {false, true}) {
            channels_ = values_ = destinations_ = 0;
            defaulted = false;
            before();
            if (as_list)
                run_as_list(s);
            else
                run_with_when(s);
            after();
            EXPECT_EQ(x, n) << describe(s);
            ++n;

            const auto of = [&](auto which) { return std::count_if(s.begin(), s.end(), which); };
            EXPECT_EQ(channels_, of([](kind k) { return !is_default(k); })) << describe(s);
            EXPECT_EQ(values_, of(is_send)) << describe(s);
            EXPECT_EQ(destinations_, of([](kind k) {
                          return k == kind::receive_indirect || k == kind::receive_in_map;
                      }))
                << describe(s);
        }
    }

    static std::string describe(const sentence& s) {
        std::string text = "sentence:";
        for (const kind k : s) text.append(" ").append(std::to_string(static_cast<int>(k)));
        return text;
    }

    // The rules that the productions share.
    static void maybe_default(paths& p, sentence& s, kind which) {
        const bool has = !s.empty() && s.front() == kind::default_first;
        if (!has && p.maybe()) s.push_back(which);
    }
    static void maybe_others(paths& p, sentence& s) {
        for (const kind k : {kind::dummy_send, kind::dummy_receive_to_null, kind::nil_send,
                             kind::nil_receive_to_null})
            if (p.maybe()) s.push_back(k);
    }

private:
    long channels_ = 0;
    long values_ = 0;
    long destinations_ = 0;
    int thirteen_ = 13;
};

TEST_F(SelectGrammarTest, Receive) {  // recv, recvOrder; SEL-1, SEL-2, SEL-13
    constexpr kind forms[] = {kind::receive_plain, kind::receive_indirect, kind::receive_local,
                              kind::receive_any, kind::receive_in_map};
    paths p;
    do {
        sentence s;
        maybe_default(p, s, kind::default_first);
        s.push_back(forms[p.choose(std::size(forms))]);
        maybe_default(p, s, kind::default_after);
        maybe_others(p, s);
        run(
            s, [&] { c.send(n); }, [&] { EXPECT_FALSE(defaulted); });
    } while (p.next());
    EXPECT_EQ(sentences, 240U);
}

TEST_F(SelectGrammarTest, Send) {  // send, sendOrder; SEL-1, SEL-13
    paths p;
    do {
        sentence s;
        maybe_default(p, s, kind::default_first);
        s.push_back(kind::send_value);
        maybe_default(p, s, kind::default_after);
        maybe_others(p, s);
        run(
            s, [] {},
            [&] {
                EXPECT_FALSE(defaulted);
                x = *c.receive();
            });
    } while (p.next());
    EXPECT_EQ(sentences, 48U);
}

// Nothing can proceed: the default runs, and no destination is touched.
TEST_F(SelectGrammarTest, Nonblock) {  // nonblock; SEL-2, SEL-4
    paths p;
    do {
        sentence s;
        maybe_default(p, s, kind::default_first);
        const bool has_default = !s.empty();
        for (auto k = static_cast<int>(kind::dummy_send); k < static_cast<int>(kind::count); ++k) {
            if (p.maybe()) s.push_back(static_cast<kind>(k));
        }
        if (!has_default) s.push_back(kind::default_after);
        run(
            s, [&] { x = n; }, [&] { EXPECT_TRUE(defaulted); });
    } while (p.next());
    EXPECT_EQ(sentences, 512U);
}

// The productions without a select.
TEST_F(SelectGrammarTest, PlainOperations) {
    for (const kind k : {kind::receive_plain, kind::receive_indirect, kind::receive_in_map}) {
        c.send(n);
        receive_into(k, *ch(c).receive());
        EXPECT_EQ(x, n++);
    }
    ch(c).send(value(n));
    EXPECT_EQ(*c.receive(), n);
}

}  // namespace braid::select_grammar_test
