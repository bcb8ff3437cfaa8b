// What the compiler calls, with -fsanitize=thread, at plain accesses and around functions.
//
// Plain accesses are no schedule points. Two that race are found to race in whatever order they
// come, and the order of others does not matter. A thread that does nothing else for long may wait
// for one that it keeps from running: it yields now and then.
#include "tests/explore/engine.hpp"

namespace {

using namespace explore;

constexpr int accesses_before_a_yield = 10'000;

[[gnu::always_inline]] inline void plain(void* address, std::size_t size, std::uint8_t how,
                                         const void* from, action told_as) {
    if (!in_program) return;
    entered here;
    engine& e = the_engine();
    thread& t = e.enter(from);
    if (t.unseen > 0) return;
    if (++t.accesses == accesses_before_a_yield) {
        t.accesses = 0;
        e.yield();
        e.enter(from);
    }
    if ((how & races::writes) != 0) e.about_to_write(reinterpret_cast<std::uintptr_t>(address));
    e.access(reinterpret_cast<std::uintptr_t>(address), size, how);
    e.note(told_as, address, 0);
}

[[gnu::always_inline]] inline void plain(void* address, std::size_t size, std::uint8_t how,
                                         const void* from) {
    plain(address, size, how, from, (how & races::writes) != 0 ? action::write : action::read);
}

}  // namespace

#define PLAIN(name, size, how) \
    void name(void* address) { plain(address, size, how, CALLER); }
#define SIZED(size)                                                      \
    PLAIN(__tsan_read##size, size, races::plain_read)                    \
    PLAIN(__tsan_write##size, size, races::writes)                       \
    PLAIN(__tsan_read_write##size, size, races::writes)                  \
    PLAIN(__tsan_unaligned_read##size, size, races::plain_read)          \
    PLAIN(__tsan_unaligned_write##size, size, races::writes)             \
    PLAIN(__tsan_unaligned_read_write##size, size, races::writes)        \
    PLAIN(__tsan_volatile_read##size, size, races::plain_read)           \
    PLAIN(__tsan_volatile_write##size, size, races::writes)              \
    PLAIN(__tsan_unaligned_volatile_read##size, size, races::plain_read) \
    PLAIN(__tsan_unaligned_volatile_write##size, size, races::writes)

extern "C" {

SIZED(1)
SIZED(2)
SIZED(4)
SIZED(8)
SIZED(16)

void __tsan_init() {}

void __tsan_read_range(void* address, std::size_t size) {
    plain(address, size, races::plain_read, CALLER);
}
void __tsan_write_range(void* address, std::size_t size) {
    plain(address, size, races::writes, CALLER);
}

void __tsan_vptr_read(void** address) { plain(address, sizeof(void*), races::plain_read, CALLER); }

// Destructors write the pointer that is there already. That is no write that could be seen. In a
// trace it is always a read: what stood there before a constructor is nobody's.
void __tsan_vptr_update(void** address, void* value) {
    plain(address, sizeof(void*), *address == value ? races::plain_read : races::writes, CALLER,
          action::read);
}

void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
    plain(const_cast<void*>(from), size, races::plain_read, CALLER);
    plain(to, size, races::writes, CALLER);
    return __builtin_memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, std::size_t size) {
    plain(const_cast<void*>(from), size, races::plain_read, CALLER);
    plain(to, size, races::writes, CALLER);
    return __builtin_memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, std::size_t size) {
    plain(to, size, races::writes, CALLER);
    return __builtin_memset(to, value, size);
}

void __tsan_func_entry(void* call) {
    if (!in_program) return;
    the_engine().me().stack.enter(reinterpret_cast<std::uintptr_t>(call),
                                  reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
}
void __tsan_func_exit() {
    if (!in_program) return;
    the_engine().me().stack.leave();
}

}  // extern "C"
