#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "common/runtime/lock.hpp"
#include "common/runtime/pace.hpp"
#include "common/runtime/wait_queue.hpp"

// What all handles of one channel share: a lock, a ring of values, and two queues of tasks.
//
// Either queue holds waiters only while the other side could not serve them:
//
//                      buffer     senders wait   receivers wait
//     open    empty    0          no             maybe
//     open    partly   1..cap-1   no             no
//     open    full     cap        maybe          no
//     closed           0..cap     no             no
//
// (capacity 0 is empty and full at once). A value goes straight from the one who brings it to the
// one who waits, under the lock; only then is the waiter woken.
namespace braid {

// Thrown by send on a closed channel (CH-11) and by the second close (CH-12).
class closed_channel : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

namespace detail {

enum class attempt { done, closed, blocked };

// The part that does not depend on the type of the elements; select works on this.
class channel_base {
public:
    channel_base(std::size_t capacity, std::string_view kind, place made)
        : subject(kind, made, capacity), capacity_(capacity) {}
    channel_base(const channel_base&) = delete;
    channel_base& operator=(const channel_base&) = delete;
    virtual ~channel_base() = default;

    // Throws closed_channel if it was closed before.
    void close();

    // Without the lock. True orders: what came before close happens before a true here (MM-3).
    bool closed() const noexcept { return closed_.load(std::memory_order_seq_cst); }
    const std::atomic<bool>& closed_flag() const noexcept { return closed_; }

    // What the handles show: the values that are buffered, and how many could be.
    virtual std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
    virtual std::size_t capacity() const noexcept { return capacity_; }

    // Without the lock: false if a receive, or a send, would certainly block at this moment.
    bool may_receive() const noexcept {
        return size_.load(std::memory_order_acquire) > 0 || !senders.empty() || closed();
    }
    bool may_send() const noexcept {
        return size_.load(std::memory_order_acquire) < capacity_ || !receivers.empty() || closed();
    }

    runtime::lock mutex;
    runtime::wait_queue senders;    // slot: the T to move from
    runtime::wait_queue receivers;  // slot: the std::optional<T> to fill
    runtime::watch_list watchers;   // those whose waits the close of this channel ends
    [[no_unique_address]] registry::subject subject;

protected:
    std::atomic<bool> closed_{false};
    const std::size_t capacity_;
    std::atomic<std::size_t> size_{0};  // values in the buffer; changed under the lock
};

template <class T>
class channel_state : public channel_base {
    static_assert(std::is_nothrow_move_constructible_v<T>,
                  "a channel's element must be nothrow-movable: it changes hands under a lock, and "
                  "an exception there would lose it");

public:
    channel_state(std::size_t capacity, std::string_view kind, place made)
        : channel_base(capacity, kind, made), ring_(capacity > 1 ? new cell[capacity] : &only_) {}
    ~channel_state() override {
        while (count() > 0) pop();
        if (ring_ != &only_) delete[] ring_;
    }

    // The two operations, under the lock, without blocking. `to_wake` is set to who must be
    // unparked once the lock is released.
    // receive: takes the oldest value into `into`, if there is one.
    attempt receive_locked(std::optional<T>& into, runtime::parker*& to_wake) {
        runtime::note_use();
        if (count() > 0) {
            into.emplace(pop());
            // A sender that waited for room: its value goes to the end, so order holds (CH-8).
            if (runtime::waiter* w = senders.claim_front()) push(take_from(*w, to_wake));
            return attempt::done;
        }
        if (runtime::waiter* w = senders.claim_front()) {
            into.emplace(take_from(*w, to_wake));
            return attempt::done;
        }
        return closed() ? attempt::closed : attempt::blocked;
    }

    // send: moves from `value` only if the result is `done`.
    attempt send_locked(T& value, runtime::parker*& to_wake) {
        runtime::note_use();
        if (closed()) return attempt::closed;
        if (runtime::waiter* w = receivers.claim_front()) {
            static_cast<std::optional<T>*>(w->slot)->emplace(std::move(value));
            w->served = true;
            to_wake = w->who;
            return attempt::done;
        }
        if (count() == capacity_) return attempt::blocked;
        push(std::move(value));
        return attempt::done;
    }

private:
    union cell {
        cell() noexcept {}
        ~cell() {}
        T value;
    };

    T take_from(runtime::waiter& sender, runtime::parker*& to_wake) noexcept {
        sender.served = true;
        to_wake = sender.who;
        return std::move(*static_cast<T*>(sender.slot));
    }

    std::size_t count() const noexcept { return size_.load(std::memory_order_relaxed); }

    void push(T&& value) noexcept {
        const std::size_t end = first_ + count();
        std::construct_at(std::addressof(ring_[end < capacity_ ? end : end - capacity_].value),
                          std::move(value));
        size_.store(count() + 1, std::memory_order_release);
    }

    T pop() noexcept {
        T& oldest = ring_[first_].value;
        T out(std::move(oldest));
        std::destroy_at(std::addressof(oldest));  // no moved-from value stays behind (CH-17)
        first_ = first_ + 1 == capacity_ ? 0 : first_ + 1;
        size_.store(count() - 1, std::memory_order_release);
        return out;
    }

    cell* const ring_;
    std::size_t first_ = 0;
    cell only_;  // the ring of a channel for one value, of which there are many: replies, timers
};

}  // namespace detail

}  // namespace braid
