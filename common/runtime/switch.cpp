#include "common/runtime/switch.hpp"

#include <cxxabi.h>
#include <pthread.h>

#include <boost/context/detail/fcontext.hpp>

#if BRAID_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if BRAID_TSAN
#include <sanitizer/tsan_interface.h>

#include <vector>

#include "common/runtime/lock.hpp"
#endif

#if defined(__x86_64__)
// A processor predicts where each `ret` goes from the calls before it. jump_fcontext is called and
// left by a jump, which it does not count, so that after a switch the returns of all callers would
// be predicted wrongly. Here it is entered by a jump, and left by way of a `ret` that matches the
// call of this function.
asm(R"(
    .pushsection .text
    .p2align 4
    .type braid_jump, @function
braid_jump:
    .cfi_startproc
    leaq 1f(%rip), %r8
    pushq %r8
    .cfi_adjust_cfa_offset 8
    jmp jump_fcontext@PLT
    .cfi_adjust_cfa_offset -8
1:  ret
    .cfi_endproc
    .size braid_jump, . - braid_jump
    .popsection
)");
extern "C" boost::context::detail::transfer_t braid_jump(boost::context::detail::fcontext_t to,
                                                         void* data);
#else
constexpr auto braid_jump = boost::context::detail::jump_fcontext;
#endif

namespace braid::runtime {

using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

namespace {

// What the side that is left tells the one that is switched to; it lies on the stack of the former.
struct passage {
    context& from;
    context& to;
};

// The first function of a context.
BRAID_NOT_INSTRUMENTED void begin(transfer_t t) {
    const passage p = *static_cast<passage*>(t.data);
    p.from.at = t.fctx;
#if BRAID_ASAN
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
    p.to.entry();
}

#if BRAID_TSAN
// g++ 12 takes a third of a millisecond to make one, and has room for 8128.
constinit lock shadows_lock;
std::vector<void*>& free_shadows() {
    static auto* const all = new std::vector<void*>;
    return *all;
}
void* take_shadow() {
    locked hold(shadows_lock);
    auto& all = free_shadows();
    if (all.empty()) return __tsan_create_fiber(0);
    void* const last = all.back();
    all.pop_back();
    return last;
}
#endif

}  // namespace

// In the layout of the Itanium C++ ABI.
exceptions& exceptions_of_thread() noexcept {
    return *reinterpret_cast<exceptions*>(abi::__cxa_get_globals());
}

context context_of_thread() {
    context c;
#if BRAID_ASAN
    pthread_attr_t attributes;
    pthread_getattr_np(pthread_self(), &attributes);
    void* low = nullptr;
    pthread_attr_getstack(&attributes, &low, &c.size);
    c.low = low;
    pthread_attr_destroy(&attributes);
#endif
#if BRAID_TSAN
    c.shadow = __tsan_get_current_fiber();
#endif
    return c;
}

context make_context(stack s, void (*entry)()) {
    context c;
#if BRAID_ASAN
    // Who had the stack before has never returned from its last calls.
    __asan_unpoison_memory_region(s.low, s.size);
#endif
    c.at = make_fcontext(s.top(), s.size, begin);
    c.entry = entry;
#if BRAID_ASAN
    c.low = s.low;
    c.size = s.size;
#endif
#if BRAID_TSAN
    c.shadow = take_shadow();
#endif
    return c;
}

void destroy([[maybe_unused]] context& c) noexcept {
#if BRAID_TSAN
    locked hold(shadows_lock);
    free_shadows().push_back(c.shadow);
#endif
}

// Not instrumented: ThreadSanitizer must see the same function calls and returns on each side.
[[gnu::noinline]] BRAID_NOT_INSTRUMENTED void switch_context(context& from, context& to,
                                                             [[maybe_unused]] bool last) noexcept {
    passage p{from, to};
#if BRAID_ASAN
    __sanitizer_start_switch_fiber(last ? nullptr : &from.fake_stack, to.low, to.size);
#endif
#if BRAID_TSAN
    __tsan_switch_to_fiber(to.shadow, 0);
#endif
    const transfer_t back = braid_jump(to.at, &p);
    static_cast<passage*>(back.data)->from.at = back.fctx;
#if BRAID_ASAN
    __sanitizer_finish_switch_fiber(from.fake_stack, nullptr, nullptr);
#endif
}

}  // namespace braid::runtime
