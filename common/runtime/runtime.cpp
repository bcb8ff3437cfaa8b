#include "common/runtime/runtime.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "common/runtime/fiber.hpp"
#include "common/runtime/sanitizers.hpp"
#include "common/runtime/threads.hpp"

namespace braid::runtime {

namespace {

// Under ThreadSanitizer tasks are threads unless fibers are asked for: it does not see races of
// fibers that share a worker. A value that means nothing is an error and not a default.
bool wants_fibers() {
    const char* const chosen = std::getenv("BRAID_RUNTIME");
    if (chosen == nullptr) return !BRAID_TSAN;
    if (chosen == std::string_view("threads")) return false;
    if (chosen == std::string_view("fibers")) return true;
    std::fprintf(stderr, "braid: BRAID_RUNTIME=%s: must be threads or fibers\n", chosen);
    std::_Exit(2);
}

// Looked at once, at the first use.
bool on_fibers() noexcept {
    static const bool yes = wants_fibers();
    return yes;
}

}  // namespace

std::uint64_t start(std::shared_ptr<job> j, std::size_t stack_size, bool own_thread) {
    const bool as_fiber = on_fibers() && !own_thread;
    const std::uint64_t parent = parker::current().id();
    const std::uint64_t id = next_id();
    registry::record* const record = registry::begin(
        {.id = id, .parent = parent, .name = j->name, .started = j->started, .is_fiber = as_fiber});
    try {
        (as_fiber ? fibers::start : threads::start)({std::move(j), stack_size, id, record});
    } catch (...) {
        registry::end(record);
        registry::ended();
        throw;
    }
    return id;
}

void live(std::shared_ptr<job>& work, parker& self) noexcept {
    work->run();
    registry::end(self.record());
    work->finished();
    work.reset();
    registry::ended();
    parker_pool::make_current(nullptr);
}

bool in_fiber() noexcept { return fibers::here(); }

void yield() noexcept { on_fibers() ? fibers::yield() : threads::yield(); }

std::size_t worker_index() noexcept {
    return on_fibers() ? fibers::worker_index() : threads::worker_index();
}

std::size_t worker_count() noexcept {
    return on_fibers() ? fibers::worker_count() : threads::worker_count();
}

}  // namespace braid::runtime
