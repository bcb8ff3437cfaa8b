#pragma once

#include <memory>
#include <new>
#include <span>

#include "common/channel.hpp"

// What a select is made of: the cases that receive, send, when and otherwise return (select.hpp),
// and the algorithm over them (select.cpp).
namespace braid::detail {

// One case. It is its own waiter: while the select blocks, it stands in its channel's queue.
class select_case : public runtime::waiter {
public:
    select_case(channel_base* ch, place made) noexcept : channel(ch), where(made) {}
    virtual ~select_case() = default;

    channel_base* const channel;  // null: never ready
    const place where;
    bool is_default = false;

    // Under the channel's lock: does the operation if it can proceed.
    virtual attempt try_locked(runtime::parker*& to_wake) = 0;
    // Under the channel's lock: the queue to wait in.
    virtual runtime::wait_queue& queue() noexcept = 0;
    // Which side of the channel can serve it, for the reports.
    virtual registry::role served_by() const noexcept = 0;
    // On the case that was chosen, with no lock held: what the user wants done.
    virtual void finish(attempt result) = 0;
};

// Chooses one case, does it, and returns its index. A null case is never ready. `scratch` has room
// for as many entries as there are cases.
struct select_scratch {
    channel_base* lock;
    std::size_t order;
};
std::size_t select(std::span<select_case* const> cases, std::span<select_scratch> scratch);

template <class T, class F>
class [[nodiscard("a case does nothing by itself: pass it to select()")]] receive_case final
    : public select_case {
public:
    receive_case(receiver<T> from, F handler, place made)
        : select_case(from.state().get(), made),
          from_(std::move(from)),
          handler_(std::move(handler)) {}

    attempt try_locked(runtime::parker * &to_wake) override {
        channel->subject.seen(registry::role::receives);
        return from_.state()->receive_locked(value_, to_wake);
    }
    runtime::wait_queue& queue() noexcept override {
        slot = &value_;
        return channel->receivers;
    }
    registry::role served_by() const noexcept override { return registry::role::sends; }
    void finish(attempt result) override {
        const bool got = result == attempt::done;
        received<T> r{got ? receive_status::value : receive_status::closed, std::move(value_)};
        if constexpr (std::invocable<F&>)
            handler_();
        else
            handler_(std::move(r));
    }

private:
    receiver<T> from_;
    std::optional<T> value_;
    F handler_;
};

// `Value` is T for a value that the case owns, T& for one that stays where it is unless it is sent.
template <class T, class Value, class F>
class [[nodiscard("a case does nothing by itself: pass it to select()")]] send_case final
    : public select_case {
public:
    template <class U>
    send_case(sender<T> to, U && value, F handler, place made)
        : select_case(to.state().get(), made),
          to_(std::move(to)),
          value_(std::forward<U>(value)),
          handler_(std::move(handler)) {}

    attempt try_locked(runtime::parker * &to_wake) override {
        channel->subject.seen(registry::role::sends);
        return to_.state()->send_locked(value_, to_wake);
    }
    runtime::wait_queue& queue() noexcept override {
        slot = std::addressof(value_);
        return channel->senders;
    }
    registry::role served_by() const noexcept override { return registry::role::receives; }
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
    sender<T> to_;
    Value value_;
    F handler_;
    enum class fate { here, sent, given_back } fate_ = fate::here;
};

template <class F>
class [[nodiscard("a case does nothing by itself: pass it to select()")]] default_case final
    : public select_case {
public:
    explicit default_case(F handler) : select_case(nullptr, {}), handler_(std::move(handler)) {
        is_default = true;
    }
    attempt try_locked(runtime::parker*&) override { return attempt::blocked; }
    runtime::wait_queue& queue() noexcept override { std::terminate(); }  // it has no channel
    registry::role served_by() const noexcept override { return registry::role::none; }
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
        if (wanted_) ::new (static_cast<void*>(&case_)) Case(make());
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
