#pragma once

#include <atomic>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/action.hpp"
#include "patterns/mutex/mutex.hpp"

namespace braid {

// A call whose function throws counts as done, unlike with std::call_once: the exception goes to
// that one caller, and later calls return as if all were well (ON-3). For what can fail take
// once_value or once_func, which throw the same to everybody.
//
//     once opened;
//     opened.call([&] { log.open(path); });  // the first caller does it, the others wait for that
//
// Invariants:
//   I1  The initialiser happens before every use: no call returns before the one function has
//       returned or thrown (ON-2).
//   I2  One function is called, once: the first caller's (ON-1).
//   I3  The function does not call its own once: it would wait for itself (ON-4).
//   I4  A failure is everybody's: each call of a once_func or once_value rethrows it (OF-2).
//
// A once must outlive every call of it: the first caller may still be on its way out when others
// have seen that all is done. The copies of a once_func or once_value see to that by themselves.
//
// Memory ordering: the return of the function happens before the return of every call (MM-8).
// snippet: once
class once {
public:
    constexpr explicit once(place made = place::here()) noexcept : mutex_(made) {}
    once(const once&) = delete;
    once& operator=(const once&) = delete;

    // Calls f() if this is the first call, otherwise waits until that one's function is over.
    template <std::invocable F>
    void call(F&& f, place where = place::here()) {
        if (!done_.load(std::memory_order_acquire)) call_slow(std::forward<F>(f), where);
    }

private:
    template <class F>
    void call_slow(F&& f, place where) {
        mutex_.lock(where);
        const std::scoped_lock unlocks(std::adopt_lock, mutex_);
        if (done_.load(std::memory_order_relaxed)) return;  // I2: somebody was faster
        // Set after f and before the unlock, also if f throws. Set before f, it would let others
        // return too early: I1.
        struct at_the_end {
            ~at_the_end() { done.store(true, std::memory_order_release); }
            std::atomic<bool>& done;
        } const sets{done_};
        std::invoke(std::forward<F>(f));
    }

    std::atomic<bool> done_{false};
    mutex mutex_;
};
// snippet end

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
