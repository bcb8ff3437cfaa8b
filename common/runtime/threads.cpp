#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <system_error>

#include "common/runtime/parker.hpp"
#include "common/runtime/threads.hpp"

namespace braid::runtime::threads {

namespace {

constexpr std::size_t default_stack = 1024 * 1024;

// What the new thread needs to know.
struct newborn {
    std::shared_ptr<job> work;
    parker& self;
};

void* run(void* argument) {
    const std::unique_ptr<newborn> task(static_cast<newborn*>(argument));
    parker_pool::make_current(&task->self);
    live(task->work, task->self);
    parker_pool::give_back(task->self);
    return nullptr;
}

struct attributes {
    explicit attributes(std::size_t stack_size) {
        pthread_attr_init(&value);
        // Nobody joins the thread itself: its task's end is told by finished().
        pthread_attr_setdetachstate(&value, PTHREAD_CREATE_DETACHED);
        const std::size_t least = static_cast<std::size_t>(PTHREAD_STACK_MIN);
        pthread_attr_setstacksize(&value, std::max(stack_size, least));
    }
    attributes(const attributes&) = delete;
    attributes& operator=(const attributes&) = delete;
    ~attributes() { pthread_attr_destroy(&value); }

    pthread_attr_t value;
};

}  // namespace

void start(birth b) {
    parker& self = parker_pool::take(b.id, b.record);
    std::unique_ptr<newborn> task(new newborn{std::move(b.work), self});
    const attributes attr(b.stack_size != 0 ? b.stack_size : default_stack);
    pthread_t thread;
    const int error = pthread_create(&thread, &attr.value, run, task.get());
    if (error != 0) {
        parker_pool::give_back(self);
        throw std::system_error(
            error, std::generic_category(),
            "go: cannot start one more thread (see `ulimit -u`, /proc/sys/kernel/threads-max, "
            "/proc/sys/vm/max_map_count); start fewer tasks at once");
    }
    static_cast<void>(task.release());  // the thread owns it now
}

void yield() noexcept { sched_yield(); }

// The processors are this runtime's workers.
std::size_t worker_count() noexcept {
    static const auto count = static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_CONF));
    return count;
}

std::size_t worker_index() noexcept {
    const int processor = sched_getcpu();  // below 0 where the kernel does not tell
    return processor < 0 ? 0 : static_cast<std::size_t>(processor) % worker_count();
}

}  // namespace braid::runtime::threads
