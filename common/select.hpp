#pragma once

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "common/select_cases.hpp"

// select waits until one of several channel operations can proceed, and does that one:
//
//     select(receive(in, [&](received<int> r) { ... }),
//            send(out, 7, [&] { ... }),
//            receive(ctx.done(), [&](auto) { ... }),
//            when(!queue.empty(), [&] { return send(next, queue.front()); }),
//            otherwise([&] { ... }));
//
// It returns the index of the case that ran, so one can also switch over it. Go's rules:
//   - of several cases that can proceed one is chosen uniformly at random (SEL-3); no case has
//     priority (SEL-15);
//   - readiness is judged at one instant for all cases (SEL-8), and exactly one of them takes
//     effect (SEL-9);
//   - `otherwise` runs if no case can proceed, so such a select never blocks (SEL-4); without it
//     select blocks until one can (SEL-5);
//   - a case on a nil channel, or one that `when` leaves out, is never chosen (SEL-6);
//   - a receive on a closed channel can always proceed; a send on one is chosen like any other
//     and then throws closed_channel (SEL-7).
//
// Unlike in Go, the order in which operands are evaluated is open, as C++ leaves it; each is
// evaluated once. A handler runs after the operation, with no lock held; what it throws leaves the
// select.
namespace braid {

// receive(from, handler): the handler takes the received<T>, or nothing.
template <class R, class F, class T = typename std::remove_cvref_t<R>::value_type>
requires receivable<std::remove_cvref_t<R>> &&
    (std::invocable<F&> || std::invocable<F&, received<T>>)
        detail::receive_case<T, F> receive(R&& from, F handler, place where = place::here()) {
    return {detail::state_for_case<receiver<T>>(std::forward<R>(from)), std::move(handler), where};
}

// receive(from, r): assigns to `r` if this case is chosen (SEL-2).
template <class R, class T = typename std::remove_cvref_t<R>::value_type>
requires receivable<std::remove_cvref_t<R>>
auto receive(R&& from, received<T>& into, place where = place::here()) {
    return receive(
        std::forward<R>(from), [&into](received<T> r) { into = std::move(r); }, where);
}

// receive(from): drops the value.
template <class R>
requires receivable<std::remove_cvref_t<R>>
auto receive(R&& from, place where = place::here()) {
    return receive(
        std::forward<R>(from), [] {}, where);
}

// send(to, value, handler). An rvalue of the element's type stays with its owner, who must outlive
// the select, and is moved from only if this case is chosen; any other value is copied or converted
// on entry.
template <class S, class U, std::invocable F, class T = typename std::remove_cvref_t<S>::value_type>
requires sendable<std::remove_cvref_t<S>> && std::convertible_to<U, T>
auto send(S&& to, U&& value, F handler, place where = place::here()) {
    using held = std::conditional_t<std::is_same_v<U, T>, T&, T>;
    return detail::send_case<T, held, F>(detail::state_for_case<sender<T>>(std::forward<S>(to)),
                                         detail::value_for_case<T>(std::forward<U>(value)),
                                         std::move(handler), where);
}

template <class S, class U>
requires sendable<std::remove_cvref_t<S>> &&
    std::convertible_to<U, typename std::remove_cvref_t<S>::value_type>
auto send(S&& to, U&& value, place where = place::here()) {
    return send(
        std::forward<S>(to), std::forward<U>(value), [] {}, where);
}

// when(wanted, make): the case that make() returns, if `wanted`; make is not called otherwise. Go's
// idiom of a nil channel, without evaluating the operands of a case that is off. A temporary that
// is sent there dies with make: send a variable, or a copy.
template <class Make>
auto when(bool wanted, Make make) {
    return detail::optional_case<std::invoke_result_t<Make&>>(wanted, make);
}

// otherwise(handler): Go's default.
template <std::invocable F>
detail::default_case<F> otherwise(F handler) {
    return detail::default_case<F>(std::move(handler));
}
inline auto otherwise() {
    return otherwise([] {});
}

// Does one of the cases; returns its index in the argument list. A case is for one select, and is
// written in it.
template <detail::select_operand... Cases>
std::size_t select(Cases&&... cases) {
    static_assert(sizeof...(Cases) > 0, "a select without cases would block for ever");
    const std::array<detail::select_case*, sizeof...(Cases)> all{detail::as_case(cases)...};
    std::array<detail::select_scratch, sizeof...(Cases)> scratch;
    std::array<detail::channel_base*, sizeof...(Cases)> locks;
    return detail::select(all, scratch, locks);
}

// A list of cases made at run time (SEL-17), for one select:
//
//     select_list cases;
//     for (auto& in : inputs) cases.receive(in, [&](received<int> r) { ... });
//     const auto offered = cases.send(out, std::move(value));
//     if (select(cases) != offered) value = cases.take<item>(offered);
class select_list {
public:
    // Each adds a case and returns its index.
    template <receivable R, class F, class T = typename R::value_type>
    std::size_t receive(const R& from, F handler, place where = place::here()) {
        return add(std::make_unique<detail::receive_case<T, F>>(
            detail::state_ptr<T>(receiver<T>(from).state()), std::move(handler), where));
    }

    // The list owns `value` from here on.
    template <sendable S, class T = typename S::value_type>
    std::size_t send(
        const S& to, std::type_identity_t<T> value, std::function<void()> handler = [] {},
        place where = place::here()) {
        return add(std::make_unique<owning_send<T>>(detail::state_ptr<T>(sender<T>(to).state()),
                                                    std::move(value), std::move(handler), where));
    }

    template <std::invocable F>
    std::size_t otherwise(F handler) {
        return add(std::make_unique<detail::default_case<F>>(std::move(handler)));
    }

    // After the select, gives back the value of a send that was not chosen, once.
    // Throws std::logic_error if it was sent, or if the case is no send of a T.
    template <class T>
    T take(std::size_t index) {
        auto* const c = dynamic_cast<owning_send<T>*>(cases_.at(index).get());
        if (c == nullptr) throw std::logic_error("select_list: this case sends no such value");
        if (!used_) throw std::logic_error("select_list: take comes after the select");
        if (c->sent()) throw std::logic_error("select_list: this value was sent");
        if (c->given_back()) throw std::logic_error("select_list: this value was taken");
        return c->give_back();
    }

    // Throws std::logic_error the second time.
    friend std::size_t select(select_list& list);

private:
    template <class T>
    using owning_send = detail::send_case<T, T, std::function<void()>>;

    std::size_t add(std::unique_ptr<detail::select_case> c) {
        cases_.push_back(std::move(c));
        return cases_.size() - 1;
    }

    std::vector<std::unique_ptr<detail::select_case>> cases_;
    bool used_ = false;
};

std::size_t select(select_list& list);

}  // namespace braid
