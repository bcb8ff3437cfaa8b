// Threads, what is done once, and what is done at the end.
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace {

using namespace explore;

constexpr int processors = 2;

thread* thread_of(engine& e, pthread_t handle) {
    for (int i = 0; i != e.thread_count(); ++i)
        if (e.thread_at(i).where.thread_pointer == handle) return &e.thread_at(i);
    return nullptr;
}

char& in_progress(std::uint64_t* guard) { return reinterpret_cast<char*>(guard)[1]; }
char& done(std::uint64_t* guard) { return reinterpret_cast<char*>(guard)[0]; }

}  // namespace

extern "C" {

// A thread's handle is that of the donor of its TCB, which is what pthread_self() says in it.
int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
    if (!in_program) return real().pthread_create(handle, attributes, start, argument);
    entered here;
    engine& e = the_engine();
    e.enter(CALLER);
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &state);
    thread& t = e.create(start, argument, state == PTHREAD_CREATE_DETACHED);
    *handle = t.where.thread_pointer;
    e.note(action::create, nullptr, static_cast<std::uint64_t>(t.serial));
    e.changed();
    e.point();
    return 0;
}

int pthread_join(pthread_t handle, void** result) {
    if (!in_program) return real().pthread_join(handle, result);
    entered here;
    engine& e = the_engine();
    const thread& self = e.enter(CALLER);
    thread* const t = thread_of(e, handle);
    if (t == nullptr || t->detached || t->joined) return ESRCH;
    if (t->id == self.id) return EDEADLK;
    e.pause(wait::end, nullptr, no_deadline, nullptr, t->id);
    e.acquire(t->clock);
    t->joined = true;
    e.note(action::join, nullptr, static_cast<std::uint64_t>(t->serial));
    if (result != nullptr) *result = t->result;
    return 0;
}

int pthread_detach(pthread_t handle) {
    if (!in_program) return real().pthread_detach(handle);
    entered here;
    engine& e = the_engine();
    e.enter(CALLER);
    thread* const t = thread_of(e, handle);
    if (t == nullptr) return ESRCH;
    t->detached = true;
    e.note(action::detach, nullptr, static_cast<std::uint64_t>(t->serial));
    return 0;
}

int sched_yield() noexcept {
    if (!in_program) return static_cast<int>(raw_syscall(SYS_sched_yield));
    entered here;
    engine& e = the_engine();
    e.enter(CALLER);
    e.yield();
    e.note(action::yield);
    return 0;
}

// As the C library does it: 0, 1 while somebody is at it, 2.
int pthread_once(pthread_once_t* control, void (*routine)()) {
    if (!in_program) return real().pthread_once(control, routine);
    {
        entered here;
        engine& e = the_engine();
        e.enter(CALLER);
        e.pause(wait::once, control);
        e.acquire(e.clock_of(control));  // also from one that has thrown
        if (*control == 2) return 0;
        *control = 1;
        e.note(action::once, control);
    }
    const auto finish = [&](int state) {
        entered here;
        engine& e = the_engine();
        e.enter(CALLER);
        e.release(e.clock_of(control));
        *control = state;
        e.changed();
    };
    try {
        routine();
    } catch (...) {
        finish(0);  // the next one tries again
        throw;
    }
    finish(2);
    return 0;
}

int __cxa_guard_acquire(std::uint64_t* guard) {
    if (!in_program) return real().cxa_guard_acquire(guard);
    entered here;
    engine& e = the_engine();
    e.enter(CALLER);
    e.pause(wait::guard, guard);
    if (done(guard) != 0) {
        e.acquire(e.clock_of(guard));
        return 0;
    }
    in_progress(guard) = 1;
    e.note(action::static_init, guard);
    return 1;
}
void __cxa_guard_release(std::uint64_t* guard) {
    if (!in_program) return real().cxa_guard_release(guard);
    entered here;
    engine& e = the_engine();
    e.enter(CALLER);
    e.release(e.clock_of(guard));
    in_progress(guard) = 0;
    done(guard) = 1;
    if (is_programs(guard)) e.made_static(guard);
    e.changed();
}
void __cxa_guard_abort(std::uint64_t* guard) {
    if (!in_program) return real().cxa_guard_abort(guard);
    entered here;
    in_progress(guard) = 0;
    the_engine().changed();
}

// The end of an execution is to it what the end of the process is to others.
int __cxa_atexit(void (*function)(void*), void* argument, void* library) {
    if (!in_program) return real().cxa_atexit(function, argument, library);
    entered here;
    the_engine().at_exit(function, argument);
    return 0;
}
int __cxa_thread_atexit_impl(void (*function)(void*), void* argument, void* library) {
    if (!in_program) return real().cxa_thread_atexit_impl(function, argument, library);
    entered here;
    the_engine().me().at_exit.push_back({function, argument});
    return 0;
}

// The same machine everywhere: a replay must not depend on how many processors there are, nor on
// which of them the explorer happens to run.
int sched_getcpu() noexcept {
    if (!in_program) return real().sched_getcpu();
    return the_engine().me().id % processors;
}
int get_nprocs() noexcept { return in_program ? processors : real().get_nprocs(); }
long sysconf(int name) noexcept {
    const bool asks = name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF;
    return in_program && asks ? processors : real().sysconf(name);
}

}  // extern "C"
