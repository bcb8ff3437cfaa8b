// What the compiler calls, with -fsanitize=thread, in place of each atomic operation.
//
// The operation is carried out here, after the schedule point, in the memory order that the program
// asked for.
#include "tests/explore/engine.hpp"

namespace {

using namespace explore;

__extension__ using int128 = __int128;

// As the compiler numbers them.
enum order { relaxed, consume, acquire, release, acq_rel, seq_cst };

bool acquires(int o) { return o != relaxed && o != release; }
bool releases(int o) { return o >= release; }

template <class T>
std::uint64_t as_value(T value) {
    return static_cast<std::uint64_t>(value);
}

template <class T>
std::uintptr_t number(volatile T* address) {
    return reinterpret_cast<std::uintptr_t>(address);
}
template <class T>
const void* pointer(volatile T* address) {
    return const_cast<const T*>(address);
}

// The thread has read a store that released `there`.
void take_over(thread& t, const vector_clock& there, int o) {
    t.loaded.join(there);
    if (acquires(o)) t.clock.join(there);
}

// The thread has read the newest store at `address`.
void read_from(engine& e, const void* address, int o) {
    if (e.weak()) e.past_stores().see_newest(address);
    take_over(e.me(), e.clock_of(address), o);
}

// A store begins a release sequence anew, a read-modify-write goes on with it.
void write_to(engine& e, const void* address, int o, bool goes_on, std::uint64_t before,
              std::uint64_t after) {
    thread& t = e.me();
    vector_clock& there = e.clock_of(address);
    if (!goes_on)
        there = t.fenced;
    else
        there.join(t.fenced);
    if (releases(o)) there.join(t.clock);
    if (e.weak()) {
        e.past_stores().add(t, address, before, after, o == seq_cst, there);
        if (goes_on) e.past_stores().see_newest(address);
        if (o == seq_cst) e.fence_order().join(t.clock);
    }
    if (releases(o)) t.clock.tick(t.id);
}

// What a load sees: the newest store, or an older one.
std::uint64_t read_some_store(engine& e, const void* address, int o, std::uint64_t now) {
    const vector_clock* const order = o == seq_cst ? &e.fence_order() : nullptr;
    const int count = e.past_stores().visible(e.me(), address, now, order);
    const int age = e.choose_one_of(count, true);
    if (age == 0) {
        if (count > 1) e.past_stores().see_newest(address);
        take_over(e.me(), e.clock_of(address), o);
        return now;
    }
    const stores::store& old = e.past_stores().see(address, age);
    take_over(e.me(), old.released, o);
    e.me().observations = 0;  // it may see the newest next time
    return old.value;
}

template <class T>
T load(volatile T* a, int o, const void* from) {
    if (!in_program) return __atomic_load_n(a, __ATOMIC_SEQ_CST);
    entered here;
    engine& e = the_engine();
    e.enter(from);
    e.point_before_read(pointer(a), as_value(*a));
    e.enter(from);
    e.access(number(a), sizeof(T), races::atomic);
    const T now = *a;
    T value = now;
    if (e.weak())
        value = static_cast<T>(read_some_store(e, pointer(a), o, as_value(now)));
    else
        read_from(e, pointer(a), o);
    e.note(value == now ? action::load : action::stale_load, pointer(a), as_value(value));
    return value;
}

template <class T>
void store(volatile T* a, T value, int o, const void* from) {
    if (!in_program) return __atomic_store_n(a, value, __ATOMIC_SEQ_CST);
    entered here;
    engine& e = the_engine();
    e.enter(from);
    e.point();
    const T before = *a;
    e.access(number(a), sizeof(T), races::atomic | races::writes);
    write_to(e, pointer(a), o, false, as_value(before), as_value(value));
    *a = value;
    if (before != value) e.changed();
    e.note(action::store, pointer(a), as_value(value));
}

template <class T, class Change>
T modify(volatile T* a, int o, const void* from, action what, Change change) {
    engine& e = the_engine();
    e.enter(from);
    if (*a == change(*a))
        e.point_before_read(pointer(a), as_value(*a));  // as a test-and-set that spins
    else
        e.point();
    e.access(number(a), sizeof(T), races::atomic | races::writes);
    read_from(e, pointer(a), o);
    const T before = *a;
    const T after = change(before);
    write_to(e, pointer(a), o, true, as_value(before), as_value(after));
    *a = after;
    if (before != after) e.changed();
    e.note(what, pointer(a), as_value(after));
    return before;
}

template <class T>
bool compare_exchange(volatile T* a, T* expected, T desired, int o, int failed_order, bool may_fail,
                      const void* from) {
    if (!in_program)
        return __atomic_compare_exchange_n(a, expected, desired, false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST);
    entered here;
    engine& e = the_engine();
    e.enter(from);
    if (*a == *expected)
        e.point();
    else
        e.point_before_read(pointer(a), as_value(*a));
    const T before = *a;
    const bool equal = before == *expected;
    if (!equal || (may_fail && e.weak() && e.choose_one_of(2, true) == 1)) {
        e.access(number(a), sizeof(T), races::atomic);
        read_from(e, pointer(a), failed_order);
        e.note(action::failed_compare, pointer(a), as_value(before));
        *expected = before;
        return false;
    }
    e.access(number(a), sizeof(T), races::atomic | races::writes);
    read_from(e, pointer(a), o);
    write_to(e, pointer(a), o, true, as_value(before), as_value(desired));
    *a = desired;
    if (before != desired) e.changed();
    e.note(action::compare_exchange, pointer(a), as_value(desired));
    return true;
}

void fence(int o, const void* from) {
    if (!in_program) return;
    entered here;
    engine& e = the_engine();
    thread& t = e.enter(from);
    if (acquires(o)) t.clock.join(t.loaded);
    if (o == seq_cst) {
        e.fence_order().join(t.clock);
        t.fenced_order.join(e.fence_order());
    }
    if (releases(o)) {
        t.fenced = t.clock;
        t.clock.tick(t.id);
    }
    e.note(action::fence);
}

}  // namespace

#define MODIFY(bits, type, name, what, expression)                                                \
    type __tsan_atomic##bits##_##name(volatile type* a, type v, int o) {                          \
        if (!in_program) {                                                                        \
            type before = __atomic_load_n(a, __ATOMIC_SEQ_CST);                                   \
            while (!__atomic_compare_exchange_n(a, &before, static_cast<type>(expression), false, \
                                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {            \
            }                                                                                     \
            return before;                                                                        \
        }                                                                                         \
        entered here;                                                                             \
        return modify(a, o, CALLER, what,                                                         \
                      [v](type before) { return static_cast<type>(expression); });                \
    }
#define ATOMIC(bits, type)                                                                        \
    type __tsan_atomic##bits##_load(const volatile type* a, int o) {                              \
        return load(const_cast<volatile type*>(a), o, CALLER);                                    \
    }                                                                                             \
    void __tsan_atomic##bits##_store(volatile type* a, type v, int o) { store(a, v, o, CALLER); } \
    MODIFY(bits, type, exchange, action::exchange, ((void)before, v))                             \
    MODIFY(bits, type, fetch_add, action::add, before + v)                                        \
    MODIFY(bits, type, fetch_sub, action::sub, before - v)                                        \
    MODIFY(bits, type, fetch_and, action::bit_and, before& v)                                     \
    MODIFY(bits, type, fetch_or, action::bit_or, before | v)                                      \
    MODIFY(bits, type, fetch_xor, action::bit_xor, before ^ v)                                    \
    MODIFY(bits, type, fetch_nand, action::bit_nand, ~(before & v))                               \
    bool __tsan_atomic##bits##_compare_exchange_strong(volatile type* a, type* expected, type v,  \
                                                       int o, int failed) {                       \
        return compare_exchange(a, expected, v, o, failed, false, CALLER);                        \
    }                                                                                             \
    bool __tsan_atomic##bits##_compare_exchange_weak(volatile type* a, type* expected, type v,    \
                                                     int o, int failed) {                         \
        return compare_exchange(a, expected, v, o, failed, true, CALLER);                         \
    }                                                                                             \
    type __tsan_atomic##bits##_compare_exchange_val(volatile type* a, type expected, type v,      \
                                                    int o, int failed) {                          \
        compare_exchange(a, &expected, v, o, failed, false, CALLER);                              \
        return expected;                                                                          \
    }

extern "C" {

// Unsigned, so that they wrap. For the caller that makes no difference.
ATOMIC(8, std::uint8_t)
ATOMIC(16, std::uint16_t)
ATOMIC(32, std::uint32_t)
ATOMIC(64, std::uint64_t)

void __tsan_atomic_thread_fence(int o) { fence(o, CALLER); }
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
