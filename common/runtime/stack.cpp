#include "common/runtime/stack.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "common/runtime/lock.hpp"
#include "common/runtime/spares.hpp"

#if BRAID_ASAN
#include <sanitizer/lsan_interface.h>
#endif

#ifndef MADV_GUARD_INSTALL  // Linux 6.13
#define MADV_GUARD_INSTALL 102
#endif

namespace braid::runtime {

namespace {

std::size_t page() noexcept {
    static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return size;
}

[[noreturn]] void no_memory(int error) {
    throw std::system_error(
        error, std::generic_category(),
        "go: no memory for one more stack (see `ulimit -v`, /proc/sys/vm/max_map_count, "
        "/proc/sys/vm/overcommit_memory); start fewer tasks at once, or with smaller stacks");
}

// Guard pages that the kernel knows of as such cost nothing. Before Linux 6.13 each one splits the
// mapping in two, of which a process has 65530 in all: there only so many stacks have one.
void guard(std::byte* at) noexcept {
    constexpr int most = 16'000;
    static constinit std::atomic<int> split{0};
    if (madvise(at, page(), MADV_GUARD_INSTALL) == 0) return;
    if (split.fetch_add(1, std::memory_order_relaxed) < most) mprotect(at, page(), PROT_NONE);
}

// `count` stacks, each above its guard page.
std::byte* map(std::size_t size, std::size_t count) {
    const std::size_t length = (page() + size) * count;
    void* const memory = mmap(nullptr, length, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) no_memory(errno);
    auto* const first = static_cast<std::byte*>(memory);
    for (std::size_t i = 0; i < count; ++i) {
        std::byte* const at = first + i * (page() + size);
        guard(at);
#if BRAID_ASAN
        __lsan_register_root_region(at + page(), size);  // what a task holds that waits is not lost
#endif
    }
    return first;
}

// Where the next new stacks of the default size come from.
struct slab {
    lock mutex;
    std::byte* at = nullptr;
    std::size_t left = 0;
};
constinit slab fresh;

constexpr std::size_t stacks_per_slab = 64;

}  // namespace

bool stack::guards(const void* address) const noexcept {
    const auto* const at = static_cast<const std::byte*>(address);
    return at >= low - page() && at < low;
}

stack take_stack(std::size_t size) {
    if (size != 0 && size != default_stack_size) {
        size = (size + page() - 1) / page() * page();
        return {map(size, 1) + page(), size};
    }
    if (spare_stack* const s = spares::use([](spares& s) { return s.stacks.take(); }))
        return {reinterpret_cast<std::byte*>(s + 1) - default_stack_size, default_stack_size};
    locked hold(fresh.mutex);
    if (fresh.left == 0) {
        fresh.at = map(default_stack_size, stacks_per_slab);
        fresh.left = stacks_per_slab;
    }
    std::byte* const low = fresh.at + page();
    fresh.at += page() + default_stack_size;
    --fresh.left;
    return {low, default_stack_size};
}

void give_back(stack s) noexcept {
    if (s.size == 0) return;
    if (s.size != default_stack_size) {
#if BRAID_ASAN
        __lsan_unregister_root_region(s.low, s.size);
#endif
        munmap(s.low - page(), page() + s.size);
        return;
    }
    auto* const unused = ::new (static_cast<void*>(s.top() - sizeof(spare_stack))) spare_stack;
    spares::use([&](spares& all) { all.stacks.give(*unused); });
}

}  // namespace braid::runtime
