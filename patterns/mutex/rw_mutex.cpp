#include "patterns/mutex/rw_mutex.hpp"

#include "common/runtime/fatal.hpp"

namespace braid {

using registry::role;

void rw_mutex::wait_for_readers(place where) {
    runtime::locked hold(guard_);
    if (std::exchange(all_left_, false)) return;
    runtime::waiter w;
    detail::wait_in(waiting_writer_, w, hold, {"lock", where, {&subject_, role::holds}}, {});
}

// snippet: writer
// By the writer that leaves: those who came meanwhile go in, also the ones among them that have not
// begun to wait yet.
void rw_mutex::let_in(std::int32_t waiting) noexcept {
    if (waiting < 0 || waiting >= most) runtime::fatal("unlock of unlocked rw_mutex");
    runtime::wait_queue to_wake;
    {
        runtime::locked hold(guard_);
        for (; waiting > 0; --waiting) {
            if (runtime::waiter* const r = waiting_readers_.claim_front())
                to_wake.push_back(*r);
            else
                ++admitted_;
        }
    }
    to_wake.unpark_all();
}
// snippet end

void rw_mutex::wait_for_writer(place where) {
    runtime::locked hold(guard_);
    if (admitted_ > 0) {
        --admitted_;
        return;
    }
    runtime::waiter w;
    detail::wait_in(waiting_readers_, w, hold, {"lock_shared", where, {&subject_, role::holds}},
                    {});
}

// By a reader who leaves while a writer waits, or, by mistake, while no reader is inside. The last
// one for whom the writer waits wakes it.
void rw_mutex::leave_to_writer(std::int32_t before) noexcept {
    if (before == 0 || before == -most) runtime::fatal("unlock_shared of unlocked rw_mutex");
    if (leaving_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;  // I6
    runtime::waiter* w = nullptr;
    {
        runtime::locked hold(guard_);
        w = waiting_writer_.claim_front();
        all_left_ = w == nullptr;
    }
    if (w != nullptr) w->who->unpark();
}

}  // namespace braid
