#pragma once

#include <atomic>
#include <concepts>
#include <functional>
#include <mutex>
#include <utility>

#include "patterns/mutex/mutex.hpp"

namespace braid {

// A call whose function throws counts as done, unlike with std::call_once: the exception goes to
// that one caller, and later calls return as if all were well (ON-3). For what can fail take
// once_value or once_func (once_value.hpp), which throw the same to everybody.
//
//     once opened;
//     opened.call([&] { log.open(path); });  // the first caller does it, the others wait for that
//
// Invariants:
//   I1  The initialiser happens before every use: no call returns before the one function has
//       returned or thrown (ON-2).
//   I2  One function is called, once: the first caller's (ON-1).
//   I3  The function does not call its own once: it would wait for itself (ON-4).
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
    // Not inline: what nearly every call does is one load and one branch.
    template <class F>
    [[gnu::noinline]] void call_slow(F&& f, place where) {
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

}  // namespace braid
