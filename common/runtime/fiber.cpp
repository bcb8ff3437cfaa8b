#include "common/runtime/fiber.hpp"

#include <system_error>
#include <utility>

#include "common/runtime/fatal.hpp"
#include "common/runtime/spares.hpp"
#include "common/runtime/threads.hpp"
#include "common/runtime/worker.hpp"

namespace braid::runtime {

namespace {

// The first function of each fiber.
void run() {
    worker::current()->arrived();
    fiber& self = *worker::current()->running();
    live(self.work, self.self);
    self.self.end();
    worker::current()->leave(worker::fate::ends);
}

}  // namespace

// At the first run of `f`: one that waits to run needs no stack. It is too late to tell who has
// started it that there is none.
void prepare(fiber& f) noexcept {
    try {
        if (f.memory.low == nullptr) f.memory = take_stack(default_stack_size);
    } catch (const std::system_error& e) {
        fatal(e.what());
    }
    f.where = make_context(f.memory, run);
}

// Under ThreadSanitizer nothing is pooled: the locks of the pool would order each start of a task
// after the starts and ends before it.
fiber& take_fiber() {
    if constexpr (!BRAID_TSAN)
        if (fiber* const f = spares::use([](spares& s) { return s.fibers.take(); })) return *f;
    return *new fiber;
}

void give_back(fiber& f) noexcept {
    destroy(f.where);
    f.where = {};
    give_back(std::exchange(f.memory, {}));
    if constexpr (!BRAID_TSAN) spares::use([&](spares& s) { s.fibers.give(f); });
}

namespace fibers {

void start(birth b) {
    stack own;  // of another size than the default
    if (b.stack_size != 0) own = take_stack(b.stack_size);
    fiber& f = take_fiber();
    f.self.begin(b.id, b.record);
    f.work = std::move(b.work);
    f.memory = own;
    ready(f);
}

void yield() noexcept {
    if (worker* const w = worker::current())
        w->leave(worker::fate::yields);
    else
        threads::yield();
}

bool here() noexcept { return worker::current() != nullptr; }

void suspend() noexcept { worker::current()->leave(worker::fate::parks); }
void suspend(lock& held) noexcept { worker::current()->leave(worker::fate::parks, &held); }

void ready(fiber& f) noexcept {
    if (worker* const w = worker::current())
        w->run_next(f);
    else
        scheduler::get().inject(f);
}

std::size_t worker_index() noexcept {
    const worker* const w = worker::current();
    return w != nullptr ? w->index() : 0;
}
std::size_t worker_count() noexcept { return scheduler::get().size(); }
void thread_sleeps() noexcept {
    if (scheduler::started() != 0) scheduler::get().thread_sleeps();
}

}  // namespace fibers

}  // namespace braid::runtime
