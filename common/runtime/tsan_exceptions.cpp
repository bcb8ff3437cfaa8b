// ThreadSanitizer does not see how libstdc++ counts the owners of an exception, because that code
// is not instrumented. So it takes the last owner's destruction of the exception for a race with
// an earlier reader. In TSan builds the two functions that give up an owner are wrapped here, and
// announce the order that the count gives. Other builds get nothing from this file.
#include "common/runtime/unseen.hpp"

#if BRAID_TSAN

#include <dlfcn.h>

#include <cstdlib>
#include <exception>
#include <mutex>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

namespace {

// One at a time, or the last owner might not see the announcement of the one before. Recursive,
// because an exception's destructor may give up another exception.
std::recursive_mutex& one_at_a_time() {
    static auto* const m = new std::recursive_mutex;
    return *m;
}

// The function of that name in libstdc++.
template <class F>
F* real_function(const char* name) {
    void* const found = dlsym(RTLD_NEXT, name);
    if (found == nullptr) std::abort();
    return reinterpret_cast<F*>(found);
}

template <class Give>
void give_up(void* exception, Give give) {
    {
        braid::runtime::unseen ignore;
        one_at_a_time().lock();
    }
    __tsan_release(exception);
    __tsan_acquire(exception);
    give();
    {
        braid::runtime::unseen ignore;
        one_at_a_time().unlock();
    }
}

void* address_of(const std::exception_ptr& e) {
    return *reinterpret_cast<void* const*>(&e);  // its only member
}

}  // namespace

void std::__exception_ptr::exception_ptr::_M_release() noexcept {
    static const auto real =
        real_function<void(exception_ptr*)>("_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv");
    give_up(_M_exception_object, [this] { real(this); });
}

extern "C" void __cxa_end_catch() {
    static const auto real = real_function<void()>("__cxa_end_catch");
    void* const exception = address_of(std::current_exception());
    if (exception == nullptr)
        real();
    else
        give_up(exception, real);
}

#endif
