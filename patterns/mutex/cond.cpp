#include "patterns/mutex/cond.hpp"

namespace braid {

using registry::role;

// snippet: wait
void cond::wait(place where) {
    runtime::parker& self = runtime::parker::current();
    runtime::locked hold(guard_);
    runtime::waiter w(self);
    waiters_.push_back(w);
    hold.release();
    mutex_.unlock();  // queued before: a signal from here on finds us
    self.park({"cond wait", where, {&subject_, role::none}});
    mutex_.lock(where);
}
// snippet end

void cond::signal() noexcept {
    runtime::waiter* w = nullptr;
    {
        runtime::locked hold(guard_);
        w = waiters_.claim_front();
    }
    if (w != nullptr) w->who->unpark();
}

void cond::broadcast() noexcept {
    runtime::wait_queue to_wake;
    {
        runtime::locked hold(guard_);
        waiters_.claim_all(to_wake);
    }
    to_wake.unpark_all();
}

}  // namespace braid
