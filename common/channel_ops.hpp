#pragma once

#include "common/channel_state.hpp"

// The operations of a channel, blocking and not, on which its handles and select stand.
namespace braid {

// The element of a channel that carries no value, only the fact of a send or a close.
struct unit {};

enum class receive_status { value, closed, canceled, would_block };

// What a receive returns: a value, or why there is none.
template <class T>
struct received {
    receive_status status = receive_status::would_block;
    std::optional<T> value = std::nullopt;

    explicit operator bool() const noexcept { return value.has_value(); }
    T& operator*() & noexcept { return *value; }
    const T& operator*() const& noexcept { return *value; }
    T operator*() && noexcept { return *std::move(value); }  // no reference into a temporary
    T* operator->() noexcept { return std::addressof(*value); }
    const T* operator->() const noexcept { return std::addressof(*value); }
};

template <class T>
class receiver;

// Something that can end a wait: its done() is closed when it happens. A context is one.
template <class C>
concept cancellation = requires(const C& c) {
    { c.done() } -> std::convertible_to<const receiver<unit>&>;
};

namespace detail {

template <class T>
using state_ptr = std::shared_ptr<channel_state<T>>;
using done_ptr = state_ptr<unit>;  // null: nothing ends the wait

template <cancellation C>
done_ptr done_of(const C& ctx);

// Queues `w` up in `queue`, whose lock is `held`, and waits. True if a waker claimed it; false if
// `done` was closed first, and then `w` is out of the queue. The lock is released either way.
bool wait_in(runtime::wait_queue& queue, runtime::waiter& w, runtime::locked& held,
             const registry::wait& what, const done_ptr& done);

// Waits for `done` alone: for ever if it is null.
void wait_for(const done_ptr& done, std::string_view operation, place where);

// The handle may be gone before a wait is over. Who can be woken by `done` looks at the channel
// again, and the registry does; others are woken by one who holds a handle, or never.
template <class T>
state_ptr<T> keep_waiting(const state_ptr<T>& ch, const done_ptr& done) noexcept {
    return BRAID_LIFECYCLE || done != nullptr ? ch : nullptr;
}

// What a receive finds on a closed channel. It looks for `done` once more: of a sender that cancels
// and then closes, as a stage that fails, nobody sees only the close.
inline receive_status status_of_close(const done_ptr& done) noexcept {
    return done != nullptr && done->closed() ? receive_status::canceled : receive_status::closed;
}

template <class T>
received<T> receive(const state_ptr<T>& ch, const done_ptr& done, place where) {
    received<T> result{receive_status::canceled};
    if (done != nullptr && done->closed()) return result;
    if (ch == nullptr) {
        wait_for(done, "receive (nil channel)", where);
        return result;
    }
    runtime::locked held(ch->mutex);
    ch->subject.seen(registry::role::receives);
    runtime::parker* to_wake = nullptr;
    switch (ch->receive_locked(result.value, to_wake)) {
        case attempt::done:
            result.status = receive_status::value;
            break;
        case attempt::closed:
            result.status = status_of_close(done);
            break;
        case attempt::blocked: {
            const state_ptr<T> keep = keep_waiting(ch, done);
            runtime::waiter w;
            w.slot = &result.value;
            const registry::wait what{"receive", where, {&ch->subject, registry::role::sends}};
            if (wait_in(ch->receivers, w, held, what, done))
                result.status = w.served ? receive_status::value : status_of_close(done);
            return result;
        }
    }
    held.release();
    if (to_wake != nullptr) to_wake->unpark();
    return result;
}

template <class T>
bool send(const state_ptr<T>& ch, T& value, const done_ptr& done, place where) {
    if (done != nullptr && done->closed()) return false;
    if (ch == nullptr) {
        wait_for(done, "send (nil channel)", where);
        return false;
    }
    runtime::locked held(ch->mutex);
    ch->subject.seen(registry::role::sends);
    runtime::parker* to_wake = nullptr;
    switch (ch->send_locked(value, to_wake)) {
        case attempt::done:
            break;
        case attempt::closed:
            throw closed_channel("send on closed channel");
        case attempt::blocked: {
            const state_ptr<T> keep = keep_waiting(ch, done);
            runtime::waiter w;
            w.slot = std::addressof(value);
            const registry::wait what{"send", where, {&ch->subject, registry::role::receives}};
            if (!wait_in(ch->senders, w, held, what, done)) return false;
            if (!w.served) throw closed_channel("send on closed channel");
            return true;
        }
    }
    held.release();
    if (to_wake != nullptr) to_wake->unpark();
    return true;
}

template <class T>
received<T> try_receive(const state_ptr<T>& ch) {
    received<T> result{receive_status::would_block};
    if (ch == nullptr) return result;
    runtime::parker* to_wake = nullptr;
    {
        runtime::locked held(ch->mutex);
        ch->subject.seen(registry::role::receives);
        const attempt tried = ch->receive_locked(result.value, to_wake);
        if (tried == attempt::done) result.status = receive_status::value;
        if (tried == attempt::closed) result.status = receive_status::closed;
    }
    if (to_wake != nullptr) to_wake->unpark();
    return result;
}

template <class T>
bool try_send(const state_ptr<T>& ch, T& value) {
    if (ch == nullptr) return false;
    runtime::parker* to_wake = nullptr;
    attempt tried;
    {
        runtime::locked held(ch->mutex);
        ch->subject.seen(registry::role::sends);
        tried = ch->send_locked(value, to_wake);
    }
    if (tried == attempt::closed) throw closed_channel("send on closed channel");
    if (to_wake != nullptr) to_wake->unpark();
    return tried == attempt::done;
}

// The iterator of a receive loop. It holds the value that was received last.
template <class T>
class receive_iterator {
public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    receive_iterator(state_ptr<T> ch, done_ptr done, place where)
        : ch_(std::move(ch)), done_(std::move(done)), where_(where) {
        ++*this;
    }

    T&& operator*() noexcept { return *std::move(current_.value); }
    receive_iterator& operator++() {
        current_.value.reset();  // destroyed before the wait for the next one
        received<T> next = receive(ch_, done_, where_);
        current_.status = next.status;
        if (next) current_.value.emplace(*std::move(next.value));  // T need not be assignable
        return *this;
    }
    friend bool operator==(const receive_iterator& i, std::default_sentinel_t) noexcept {
        return !i.current_;
    }

private:
    state_ptr<T> ch_;
    done_ptr done_;
    place where_;
    received<T> current_;
};

// ch.until(ctx), for a receive loop.
template <class T>
class receive_range {
public:
    receive_range(state_ptr<T> ch, done_ptr done, place where)
        : ch_(std::move(ch)), done_(std::move(done)), where_(where) {}
    receive_iterator<T> begin() const { return {ch_, done_, where_}; }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    state_ptr<T> ch_;
    done_ptr done_;
    place where_;
};

}  // namespace detail

}  // namespace braid
