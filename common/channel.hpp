#pragma once

#include <concepts>
#include <iterator>
#include <utility>

#include "common/channel_ops.hpp"
#include "common/runtime/spares.hpp"

// Go's channels. make_channel<T>(capacity) makes one; channel<T>, sender<T> and receiver<T> are
// handles to it: values, cheap to copy, const in all their operations, equal when they are the same
// channel. A channel<T> converts to either side; nothing converts back (CH-1). A
// default-constructed handle is the nil channel: its operations block for ever, and select never
// chooses it (CH-3).
//
// Unlike in Go, T needs no zero value (a receive returns received<T>), and a send that throws, is
// cancelled or would block leaves the value with its owner. T must be nothrow-movable.
//
// Memory ordering: the k-th send happens before the return of the k-th receive, the k-th receive
// before the return of the (k+capacity)-th send, and close before a receive that reports it
// (MM-2..4). A try_ that fails orders nothing (MM-5).
namespace braid {

template <class T>
class channel;

namespace detail {

// What every handle can do.
template <class T>
class handle {
public:
    using value_type = T;

    // Values in the buffer: waiting senders do not count (CH-9). Old as soon as it is returned.
    std::size_t size() const noexcept { return state_ != nullptr ? state_->size() : 0; }
    std::size_t capacity() const noexcept { return state_ != nullptr ? state_->capacity() : 0; }

    // False for the nil channel.
    explicit operator bool() const noexcept { return state_ != nullptr; }

    friend bool operator==(const handle& a, const handle& b) noexcept {
        return a.state_ == b.state_;
    }

    // For select and the primitives that are made of channels.
    const state_ptr<T>& state() const noexcept { return state_; }

protected:
    handle() noexcept = default;
    explicit handle(state_ptr<T> state) noexcept : state_(std::move(state)) {}

private:
    state_ptr<T> state_;
};

// The sending operations, for the handles that have them.
template <class Handle, class T>
class sending {
public:
    // Blocks until the value is received, or there is room for it (CH-4, CH-5).
    // Throws closed_channel, also when the close comes while it waits (CH-11, CH-13).
    void send(T&& value, place where = place::here()) const {
        detail::send(self(), value, {}, where);
    }
    void send(const T& value,
              place where = place::here()) const requires std::copy_constructible<T> {
        T copy(value);
        detail::send(self(), copy, {}, where);
    }

    // The same, and false if `ctx` is done: it wins over a channel that is ready.
    template <cancellation C>
    [[nodiscard("false: cancelled, the value was not sent")]] bool send(
        const C& ctx, T&& value, place where = place::here()) const {
        return detail::send(self(), value, done_of(ctx), where);
    }
    template <cancellation C>
    [[nodiscard("false: cancelled, the value was not sent")]] bool send(
        const C& ctx, const T& value,
        place where = place::here()) const requires std::copy_constructible<T> {
        T copy(value);
        return detail::send(self(), copy, done_of(ctx), where);
    }

    // Never blocks: false if send would. Throws closed_channel.
    [[nodiscard("false: the value was not sent")]] bool try_send(T&& value) const {
        return detail::try_send(self(), value);
    }
    [[nodiscard("false: the value was not sent")]] bool try_send(
        const T& value) const requires std::copy_constructible<T> {
        T copy(value);
        return detail::try_send(self(), copy);
    }

    // No more values: what is buffered can still be received (CH-10). The sender closes, once.
    // Throws closed_channel if it was closed before (CH-12), std::logic_error on the nil channel.
    void close() const {
        if (self() == nullptr) throw std::logic_error("close of nil channel");
        self()->close();
    }

private:
    const state_ptr<T>& self() const noexcept { return static_cast<const Handle*>(this)->state(); }
};

// The receiving operations, for the handles that have them.
template <class Handle, class T>
class receiving {
public:
    // Blocks until there is a value, or the channel is closed and drained.
    received<T> receive(place where = place::here()) const {
        return detail::receive(self(), {}, where);
    }

    // The same, and `canceled` if `ctx` is done: it wins over a value that is ready. Repeated
    // receives under one context register with it once.
    template <cancellation C>
    received<T> receive(const C& ctx, place where = place::here()) const {
        return detail::receive(self(), done_of(ctx), where);
    }

    // Never blocks: `would_block` if receive would, `closed` if it would report that (CH-16).
    received<T> try_receive() const { return detail::try_receive(self()); }

    // for (T v : ch) receives until the channel is closed and drained (CH-15).
    receive_iterator<T> begin(place where = place::here()) const { return {self(), {}, where}; }
    std::default_sentinel_t end() const noexcept { return {}; }

    // for (T v : ch.until(ctx)) does, or until ctx is done.
    template <cancellation C>
    receive_range<T> until(const C& ctx, place where = place::here()) const {
        return {self(), done_of(ctx), where};
    }

private:
    const state_ptr<T>& self() const noexcept { return static_cast<const Handle*>(this)->state(); }
};

}  // namespace detail

template <class T>
class sender : public detail::handle<T>, public detail::sending<sender<T>, T> {
public:
    sender() noexcept = default;
    explicit sender(detail::state_ptr<T> state) noexcept : detail::handle<T>(std::move(state)) {}
    sender(const channel<T>& both) noexcept : detail::handle<T>(both.state()) {}
};

template <class T>
class receiver : public detail::handle<T>, public detail::receiving<receiver<T>, T> {
public:
    receiver() noexcept = default;
    explicit receiver(detail::state_ptr<T> state) noexcept : detail::handle<T>(std::move(state)) {}
    receiver(const channel<T>& both) noexcept : detail::handle<T>(both.state()) {}
};

template <class T>
class channel : public detail::handle<T>,
                public detail::sending<channel<T>, T>,
                public detail::receiving<channel<T>, T> {
public:
    channel() noexcept = default;
    explicit channel(detail::state_ptr<T> state) noexcept : detail::handle<T>(std::move(state)) {}

    // The sides, where a template must deduce one.
    sender<T> out() const noexcept { return *this; }
    receiver<T> in() const noexcept { return *this; }
};

template <cancellation C>
detail::done_ptr detail::done_of(const C& ctx) {
    const receiver<unit>& done = ctx.done();
    return done.state();
}

// A channel with room for `capacity` values; 0 makes every send wait for its receive (CH-2).
// Throws std::length_error for a capacity that no memory could hold.
template <class T>
channel<T> make_channel(std::size_t capacity = 0, place made = place::here()) {
    if (capacity > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T))  // NOLINT: T may be a pointer
        throw std::length_error("make_channel: size out of range");
    return channel<T>(runtime::make_in_block<detail::channel_state<T>>(capacity, "channel", made));
}

// What a stage of a pipeline takes: anything with the operations of one side.
template <class R>
concept receivable = requires(const R& r) {
    typename R::value_type;
    { r.receive() } -> std::same_as<received<typename R::value_type>>;
    receiver<typename R::value_type>(r);
};
template <class S>
concept sendable = requires(const S& s, typename S::value_type v) {
    s.send(std::move(v));
    sender<typename S::value_type>(s);
};

}  // namespace braid
