#include "common/runtime/fiber.hpp"

#include <sched.h>

#include <system_error>
#include <utility>

#include "common/runtime/fatal.hpp"
#include "common/runtime/worker.hpp"

namespace braid::runtime {

namespace {

// The life of a fiber.
void live() {
    worker::current()->arrived();
    fiber& self = *worker::current()->running();
    self.work->run();
    registry::end(self.self.record());
    self.work->finished();
    self.work.reset();
    registry::ended();
    parker_pool::make_current(nullptr);
    self.self.end();
    worker::current()->leave(worker::fate::ends);
}

constinit lock unused_lock;
constinit fiber* unused = nullptr;  // linked by next

}  // namespace

// At the first run of `f`: one that waits to run needs no stack. It is too late to tell who has
// started it that there is none.
void prepare(fiber& f) noexcept {
    try {
        if (f.memory.low == nullptr) f.memory = take_stack(default_stack_size);
    } catch (const std::system_error& e) {
        fatal(e.what());
    }
    f.where = make_context(f.memory, live);
}

// Under ThreadSanitizer nothing is pooled: the lock would order each start of a task after the
// starts and ends before it.
fiber& take_fiber() {
    if constexpr (!BRAID_TSAN) {
        locked hold(unused_lock);
        if (unused != nullptr) return *std::exchange(unused, unused->next);
    }
    return *new fiber;
}

void give_back(fiber& f) noexcept {
    if constexpr (BRAID_TSAN) return;
    locked hold(unused_lock);
    f.next = std::exchange(unused, &f);
}

namespace fibers {

std::uint64_t start(std::shared_ptr<job> j, const start_options& options) {
    scheduler::get();
    stack own;  // of another size than the default: they are not pooled
    if (options.stack_size != 0) own = take_stack(options.stack_size);
    const std::uint64_t parent = parker::current().id();
    const std::uint64_t id = next_id();
    registry::record* const record = registry::begin({.id = id,
                                                      .parent = parent,
                                                      .name = options.name,
                                                      .started = options.started,
                                                      .is_fiber = true});
    worker* const w = worker::current();
    fiber& f = w != nullptr ? w->take_fiber() : runtime::take_fiber();
    f.self.begin(id, record);
    f.work = std::move(j);
    f.name = options.name;
    f.started = options.started;
    if (own.low != nullptr) {
        if (f.memory.low != nullptr) give_back(f.memory);
        f.memory = own;
    }
    ready(f);
    return id;
}

void yield() noexcept {
    if (worker* const w = worker::current())
        w->leave(worker::fate::yields);
    else
        sched_yield();
}

bool here() noexcept { return worker::current() != nullptr; }

void suspend() noexcept { worker::current()->leave(worker::fate::parks); }

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
std::size_t threads() noexcept { return scheduler::started(); }
void thread_sleeps() noexcept {
    if (scheduler::started() != 0) scheduler::get().thread_sleeps();
}

}  // namespace fibers

}  // namespace braid::runtime
