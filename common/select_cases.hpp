#pragma once

#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "common/channel.hpp"

// What a select is made of: the cases that receive, send, when and otherwise return (select.hpp),
// and the algorithm over them (select.cpp).
namespace braid::detail {

// One case. It is its own waiter: while the select blocks, it stands in its channel's queue.
class select_case : public runtime::waiter {
public:
    enum class kind { receives, sends, is_default };

    select_case(channel_base* ch, kind k, place made) noexcept
        : channel(ch), does(k), where(made) {}
    virtual ~select_case() = default;

    channel_base* const channel;  // null: never ready
    const kind does;
    const place where;

    // Without the channel's lock: false if it certainly cannot proceed at this moment.
    bool may_proceed() const noexcept {
        return does == kind::sends ? channel->may_send() : channel->may_receive();
    }

    // Under the channel's lock: does the operation if it can proceed.
    virtual attempt try_locked(runtime::parker*& to_wake) = 0;
    // Keeps the channel alive from here on: the select is about to block.
    virtual void keep() = 0;
    // Under the channel's lock: the queue to wait in.
    virtual runtime::wait_queue& queue() noexcept = 0;
    // On the case that was chosen, with no lock held: what the user wants done.
    virtual void finish(attempt result) = 0;
};

// Chooses one case, does it, and returns its index. A null case is never ready. `scratch` and
// `locks` have room for as many entries as there are cases.
struct select_scratch {
    std::uint32_t order;  // a random permutation of the cases
    std::uint32_t count;  // of the channel's lock, when the case was looked at
};
std::size_t select(std::span<select_case* const> cases, std::span<select_scratch> scratch,
                   std::span<channel_base*> locks);

// The channel of a case. A handle that is there until the select is over is only borrowed: counting
// handles is most of what a select costs. A temporary one is taken over.
template <class T>
class case_channel {
public:
    explicit case_channel(const state_ptr<T>& borrowed) noexcept : at_(&borrowed) {}
    explicit case_channel(state_ptr<T>&& owned) noexcept : own_(std::move(owned)), at_(&own_) {}
    case_channel(const case_channel&) = delete;
    case_channel& operator=(const case_channel&) = delete;

    void keep() {
        if (at_ == &own_) return;
        own_ = *at_;
        at_ = &own_;
    }
    channel_state<T>* get() const noexcept { return at_->get(); }

private:
    state_ptr<T> own_;
    const state_ptr<T>* at_;
};

// What a case is made with: the state of its handle, borrowed where the handle is an lvalue.
template <class Side, class R>
decltype(auto) state_for_case(R&& handle) noexcept {
    using T = typename Side::value_type;
    if constexpr (std::is_lvalue_reference_v<R> &&
                  std::is_base_of_v<detail::handle<T>, std::remove_cvref_t<R>>)
        return handle.state();
    else
        return state_ptr<T>(Side(handle).state());
}

// What a send case holds of its value: an rvalue of the element's type stays where it is.
template <class T, class U>
decltype(auto) value_for_case(U&& value) noexcept {
    if constexpr (std::is_same_v<U, T>)
        return static_cast<T&>(value);
    else
        return std::forward<U>(value);
}

template <class T, class F>
class [[nodiscard("a case does nothing by itself: pass it to select()")]] receive_case final
    : public select_case {
public:
    template <class State>
    receive_case(State && from, F handler, place made)
        : select_case(from.get(), kind::receives, made),
          from_(std::forward<State>(from)),
          handler_(std::move(handler)) {}

    attempt try_locked(runtime::parker * &to_wake) override {
        channel->subject.seen(registry::role::receives);
        return from_.get()->receive_locked(value_, to_wake);
    }
    void keep() override { from_.keep(); }
    runtime::wait_queue& queue() noexcept override {
        slot = &value_;
        return channel->receivers;
    }
    void finish(attempt result) override {
        const bool got = result == attempt::done;
        received<T> r{got ? receive_status::value : receive_status::closed, std::move(value_)};
        if constexpr (std::invocable<F&>)
            handler_();
        else
            handler_(std::move(r));
    }

private:
    case_channel<T> from_;
    std::optional<T> value_;
    F handler_;
};

// `Value` is T for a value that the case owns, T& for one that stays where it is unless it is sent.
template <class T, class Value, class F>
class [[nodiscard("a case does nothing by itself: pass it to select()")]] send_case final
    : public select_case {
public:
    template <class State, class U>
    send_case(State && to, U && value, F handler, place made)
        : select_case(to.get(), kind::sends, made),
          to_(std::forward<State>(to)),
          value_(std::forward<U>(value)),
          handler_(std::move(handler)) {}

    attempt try_locked(runtime::parker * &to_wake) override {
        channel->subject.seen(registry::role::sends);
        return to_.get()->send_locked(value_, to_wake);
    }
    void keep() override { to_.keep(); }
    runtime::wait_queue& queue() noexcept override {
        slot = std::addressof(value_);
        return channel->senders;
    }
    void finish(attempt result) override {
        if (result == attempt::closed) throw closed_channel("send on closed channel");
        fate_ = fate::sent;
        handler_();
    }

    bool sent() const noexcept { return fate_ == fate::sent; }
    bool given_back() const noexcept { return fate_ == fate::given_back; }
    T give_back() noexcept {
        fate_ = fate::given_back;
        return std::move(value_);
    }

private:
    case_channel<T> to_;
    Value value_;
    F handler_;
    enum class fate { here, sent, given_back } fate_ = fate::here;
};

template <class F>
class [[nodiscard("a case does nothing by itself: pass it to select()")]] default_case final
    : public select_case {
public:
    explicit default_case(F handler)
        : select_case(nullptr, kind::is_default, {}), handler_(std::move(handler)) {}
    attempt try_locked(runtime::parker*&) override { return attempt::blocked; }
    void keep() override {}
    runtime::wait_queue& queue() noexcept override { std::terminate(); }  // it has no channel
    void finish(attempt) override { handler_(); }

private:
    F handler_;
};

// A case that is there only under a condition. It is made in place, because a case does not move.
template <class Case>
class [[nodiscard("a case does nothing by itself: pass it to select()")]] optional_case {
public:
    template <class Make>
    optional_case(bool wanted, Make& make) : wanted_(wanted) {
        if (!wanted_) return;
        ::new (static_cast<void*>(&case_)) Case(make());
        case_.keep();  // the handle may be make's own
    }
    optional_case(const optional_case&) = delete;
    optional_case& operator=(const optional_case&) = delete;
    ~optional_case() {
        if (wanted_) case_.~Case();
    }
    select_case* get() noexcept { return wanted_ ? &case_ : nullptr; }

private:
    const bool wanted_;
    union {
        Case case_;
    };
};

inline select_case* as_case(select_case& c) noexcept { return &c; }
template <class Case>
select_case* as_case(optional_case<Case>& c) noexcept {
    return c.get();
}

// No lvalue: what a case sends or has received is gone when its select is over.
template <class C>
concept select_operand = !std::is_lvalue_reference_v<C> && requires(C & c) {
    as_case(c);
};

}  // namespace braid::detail
