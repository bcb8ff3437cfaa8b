#include "patterns/semaphore/semaphore.hpp"

namespace braid {

using registry::role;

namespace {

void check(std::ptrdiff_t n) {
    if (n < 0) throw std::invalid_argument("semaphore: a negative number of permits");
}

}  // namespace

// snippet: acquire
bool semaphore::acquire_until(const detail::done_ptr& done, std::ptrdiff_t n, place where) {
    check(n);
    if (n > capacity_ && done == nullptr)
        throw std::invalid_argument("semaphore: acquire of more than its capacity");
    if (done != nullptr && done->closed()) return false;
    if (n > capacity_) {
        detail::wait_for(done, "acquire (more than the capacity)", where);
        return false;
    }
    runtime::locked hold(mutex_);
    if (!take(n)) {
        runtime::waiter w;
        w.amount = static_cast<std::size_t>(n);
        const bool served =
            detail::wait_in(waiters_, w, hold, {"acquire", where, {&subject_, role::holds}}, done);
        if (!served || (done != nullptr && done->closed())) {
            put(served ? n : 0);  // I3: also for nothing, as those behind us may now have room
            return false;
        }
    }
    subject_.seen(role::holds);
    return true;
}

// Under the lock: takes `n` if nobody waits and they are free.
bool semaphore::take(std::ptrdiff_t n) noexcept {
    if (!waiters_.empty() || n > free_) return false;  // I2
    free_ -= n;
    return true;
}
// snippet end

bool semaphore::try_acquire(std::ptrdiff_t n) {
    check(n);
    runtime::locked hold(mutex_);
    if (!take(n)) return false;
    subject_.seen(role::holds);
    return true;
}

// snippet: release
void semaphore::release(std::ptrdiff_t n) {
    check(n);
    subject_.forget(role::holds);  // before: I5
    if (!put(n)) throw std::logic_error("semaphore: released more than held");
}

// Makes `n` more free, and lets in those who wait: the first of them, and the next, until there is
// one for whom there is not room enough. False, with nothing changed, if so many are not out.
bool semaphore::put(std::ptrdiff_t n) noexcept {
    runtime::wait_queue served;
    {
        runtime::locked hold(mutex_);
        if (n > capacity_ - free_) return false;
        free_ += n;
        while (runtime::waiter* const w = waiters_.front()) {
            const auto wanted = static_cast<std::ptrdiff_t>(w->amount);
            if (wanted > free_) break;  // I2
            waiters_.remove(*w);
            if (!w->claim()) continue;  // cancelled, and on its way out
            free_ -= wanted;
            served.push_back(*w);
        }
    }  // I5: from here on only `served` is used, which is ours
    served.unpark_all();
    return true;
}
// snippet end

std::ptrdiff_t semaphore::available() const noexcept {
    runtime::locked hold(mutex_);
    return free_;
}

}  // namespace braid
