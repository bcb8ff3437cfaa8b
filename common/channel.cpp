#include "common/channel.hpp"

namespace braid::detail {

void channel_base::close() {
    runtime::wait_queue to_wake;
    {
        runtime::locked hold(mutex);
        if (closed_.exchange(true, std::memory_order_seq_cst))
            throw closed_channel("close of closed channel");
        // Woken unserved: a receiver learns that nothing will come, a sender throws (CH-13).
        receivers.claim_all(to_wake);
        senders.claim_all(to_wake);
    }
    to_wake.unpark_all();
    watchers.end_waits();
}

bool wait_in(runtime::wait_queue& queue, runtime::waiter& w, runtime::locked& held,
             const registry::wait& what, const done_ptr& done) {
    runtime::parker& self = runtime::parker::current();
    w.who = &self;
    if (done == nullptr) {
        queue.push_back(w);
        self.park(what, held);
        return true;
    }
    w.turn = self.open();
    queue.push_back(w);
    held.release();
    self.park_watching(what, w.turn, done->watchers, done, [&] { return done->closed(); });
    if (self.winner() == &w) return true;
    held.acquire();
    queue.remove(w);
    held.release();
    return false;
}

void wait_for(const done_ptr& done, std::string_view operation, place where) {
    runtime::wait_queue nobody_looks_here;
    runtime::lock mutex;
    runtime::locked held(mutex);
    runtime::waiter w;
    wait_in(nobody_looks_here, w, held, {operation, where}, done);
}

}  // namespace braid::detail
