#pragma once

#include <cstddef>
#include <memory>
#include <utility>

// What the workloads are made of, in the words of a library: `Tasks`. A peer that lacks a word
// lacks the letters that need it.
//
//     start(f)              starts a task. Its handle has join(), and joins when it is destroyed.
//     group                 go(f) starts a task of the group, wait() waits for all of them.
//     channel<T, Capacity>  a handle, whose copies are the same channel: send(value), close(), and
//                           receive(), which returns an optional: empty if closed and drained.
//     mutex, shared_mutex   are locked as those of the standard library.
//     once                  call(f) calls the first f only.
//     pool                  get() returns a pointer to a buffer, put(pointer) takes it back.
namespace peer {

template <class Tasks, class T, std::size_t Capacity>
using channel_of = typename Tasks::template channel<T, Capacity>;

// A channel of a queue: for peers whose queues cannot be copied.
template <class Queue>
class handle {
public:
    template <class T>
    void send(T value) const {
        queue_->send(std::move(value));
    }
    auto receive() const { return queue_->receive(); }
    void close() const { queue_->close(); }

private:
    std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
};

// f(part) in so many tasks at the same time, until all have ended.
template <class Tasks, class F>
void in_parallel(int tasks, F f) {
    typename Tasks::group all;
    for (int t = 0; t < tasks; ++t) all.go([&f, t] { f(t); });
    all.wait();
}

// f(i) for every i < n, of which each of so many tasks does its part.
template <class Tasks, class F>
void in_parts(int tasks, long n, F f) {
    in_parallel<Tasks>(tasks, [&f, tasks, n](int part) {
        for (long i = part; i < n; i += tasks) f(i);
    });
}

}  // namespace peer
