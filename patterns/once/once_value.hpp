#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/action.hpp"
#include "patterns/once/once.hpp"

// A once with its function, and with a result:
//
//     const auto index = once_value([=] { return build(path); });
//     index().find(word);  // in any task; the first builds it
//
// The invariants of once.hpp hold, and one more:
//   I4  A failure is everybody's: each call rethrows it (OF-2).
namespace braid {

namespace detail {

// What the copies of a once_func share.
class once_state {
public:
    once_state(action_ptr f, place made) noexcept : once_(made), f_(std::move(f)) {}

    // snippet: rethrow
    void call(place where) {
        once_.call(
            [this] {
                try {
                    f_->call();
                } catch (...) {
                    error_ = std::current_exception();
                }
                f_.reset();  // what it captured is gone before anybody goes on (OF-4)
            },
            where);
        if (error_ != nullptr) std::rethrow_exception(error_);  // I4
    }
    // snippet end

private:
    once once_;
    action_ptr f_;
    std::exception_ptr error_;
};

// And with a result: f leaves it here.
template <class T>
class once_value_state : public once_state {
public:
    template <class F>
    once_value_state(F f, place made)
        : once_state(make_action([this, f = std::move(f)]() mutable {
                         value_.emplace(std::invoke(std::move(f)));
                     }),
                     made) {}

    const T& value() const noexcept { return *value_; }

private:
    std::optional<T> value_;
};

}  // namespace detail

// A function that calls f() at its first call and does nothing at later ones (OF-1). If f throws,
// every call throws that exception, the same object: catch it by reference to const. The copies are
// one: they share f, which is destroyed after its call, with all it captured (OF-4).
// snippet: once_func
class [[nodiscard("calls nothing until it is called")]] once_func {
public:
    template <std::invocable F>
    explicit once_func(F f, place made = place::here())
        : state_(std::make_shared<detail::once_state>(detail::make_action(std::move(f)), made)) {}
    once_func(const once_func&) noexcept = default;  // and no move, which would leave it empty
    once_func& operator=(const once_func&) noexcept = default;

    void operator()(place where = place::here()) const { state_->call(where); }

private:
    std::shared_ptr<detail::once_state> state_;
};

// The same with a result, which is kept and lives as long as a copy does. `once_value(f)` deduces
// T. Two results, Go's OnceValues: T is a pair or a struct.
template <class T>
class [[nodiscard("calls nothing until it is called")]] once_value {
public:
    template <std::invocable F>
    explicit once_value(F f, place made = place::here())
        : state_(std::make_shared<detail::once_value_state<T>>(std::move(f), made)) {}
    once_value(const once_value&) noexcept = default;
    once_value& operator=(const once_value&) noexcept = default;

    const T& operator()(place where = place::here()) const& {
        state_->call(where);
        return state_->value();
    }
    // Of a temporary: no reference into what may be gone.
    T operator()(place where = place::here()) const&& requires std::copy_constructible<T> {
        return static_cast<const once_value&>(*this)(where);
    }

private:
    std::shared_ptr<detail::once_value_state<T>> state_;
};
template <std::invocable F>
once_value(F, place = {}) -> once_value<std::decay_t<std::invoke_result_t<F>>>;
// snippet end

}  // namespace braid
