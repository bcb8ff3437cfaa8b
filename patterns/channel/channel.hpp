#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/channel.hpp"  // closed_channel

// A channel to read: one mutex, two condition variables, a queue. The channel to use is the one in
// common/channel.hpp, whose waiting tasks do not hold up a thread, which can be told to stop
// waiting, and over which one can select. Both keep Go's rules for send, receive and close.
//
// What holds whenever the mutex is free, and who sees to it:
//   I1  Every member is read and written under the mutex, `closed_` like the rest.
//   I2  queue_.size() <= capacity_ + receivers_: a value comes in only if the buffer has room, or a
//       receiver is waiting to take it. After close none comes in; each goes out once, in order.
//   I3  Who wakes up believes nothing: it looks at its condition again, under the mutex.
//   I4  Who makes a condition true wakes those who wait for it: one sender for one place, one
//       receiver for one value, everybody for a close.
//   I5  Senders and receivers sleep apart, so that a wake-up for one reaches one who can use it.
//   I6  The side that sends closes, once, after its last send.
//   I7  Nobody touches the channel after the unlock that ends a call.
namespace braid::textbook {

// snippet: channel
template <class T>
class channel {
    static_assert(std::is_nothrow_move_constructible_v<T>);

public:
    // Capacity 0 has no buffer: all its room is the receivers that wait (I2).
    explicit channel(std::size_t capacity) : capacity_(capacity) {}
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;

    // Waits for room. Throws closed_channel, also if the close comes while it waits: I6 is broken.
    void send(T value) {
        std::list<T> node;
        node.push_back(std::move(value));  // may throw, so not between a wake-up and its use (I4)
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return closed_ || queue_.size() < capacity_ + receivers_; });  // I3
        if (closed_) throw closed_channel("send on closed channel");
        queue_.splice(queue_.end(), node);
        values_.notify_one();  // I4, and before the unlock: I7
    }

    // Waits for a value. Nothing once the channel is closed and its last value was received.
    std::optional<T> receive() {
        std::list<T> node;
        std::unique_lock lock(mutex_);
        ++receivers_;
        room_.notify_one();  // I4: one receiver more, one place more, until it has taken its value
        values_.wait(lock, [&] { return closed_ || !queue_.empty(); });  // I3
        --receivers_;
        if (queue_.empty()) return std::nullopt;
        node.splice(node.end(), queue_, queue_.begin());
        lock.unlock();
        return std::move(node.front());
    }

    // No more values will come. Throws closed_channel the second time (I6).
    void close() {
        const std::lock_guard lock(mutex_);  // I1: a receiver is before its look, or asleep
        if (closed_) throw closed_channel("close of closed channel");
        closed_ = true;
        room_.notify_all();
        values_.notify_all();
    }

private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable room_;    // senders sleep here
    std::condition_variable values_;  // receivers sleep here (I5)
    std::list<T> queue_;
    std::size_t receivers_ = 0;  // who are inside receive
    bool closed_ = false;
};
// snippet end

}  // namespace braid::textbook
