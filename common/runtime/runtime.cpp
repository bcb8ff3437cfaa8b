#include "common/runtime/runtime.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

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

std::uint64_t start(std::shared_ptr<job> j, const start_options& options) {
    return on_fibers() && !options.own_thread ? fibers::start(std::move(j), options)
                                              : threads::start(std::move(j), options);
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
