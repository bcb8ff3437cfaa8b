// Compiled as the program is. The C++ library has these functions among its compiled ones, without
// hooks: nobody would see that what makes a future ready at the end of a thread orders anything.
#include <pthread.h>

#include <future>
#include <memory>
#include <utility>

namespace {

void run_all(void* first) {
    auto* next = static_cast<std::__at_thread_exit_elt*>(first);
    while (next != nullptr) {
        auto* const one = std::exchange(next, next->_M_next);
        one->_M_cb(one);
    }
}

pthread_key_t key_of_first() {
    static const pthread_key_t key = [] {
        pthread_key_t made;
        pthread_key_create(&made, run_all);
        return made;
    }();
    return key;
}

}  // namespace

void std::__future_base::_State_baseV2::_Make_ready::_M_set() {
    _M_cb = _S_run;
    _M_next = static_cast<__at_thread_exit_elt*>(pthread_getspecific(key_of_first()));
    pthread_setspecific(key_of_first(), this);
}

void std::__future_base::_State_baseV2::_Make_ready::_S_run(void* made) {
    const std::unique_ptr<_Make_ready> self(static_cast<_Make_ready*>(made));
    if (const auto state = self->_M_shared_state.lock())
        state->_M_status._M_store_notify_all(_Status::__ready, std::memory_order_release);
}
