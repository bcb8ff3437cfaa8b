#include "tests/explore/real.hpp"

#include <dlfcn.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace explore {
namespace {

template <class Function>
void find(Function& function, const char* name) {
    // Condition variables have an older version, which dlsym may prefer.
    void* found = std::strncmp(name, "pthread_cond_", 13) == 0
                      ? dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2")
                      : nullptr;
    if (found == nullptr) found = find_real(name);
    std::memcpy(&function, &found, sizeof found);
}

real_functions find_all() {
    real_functions r{};
    find(r.pthread_create, "pthread_create");
    find(r.pthread_join, "pthread_join");
    find(r.pthread_detach, "pthread_detach");
    find(r.pthread_key_create, "pthread_key_create");
    find(r.pthread_key_delete, "pthread_key_delete");
    find(r.pthread_setspecific, "pthread_setspecific");
    find(r.pthread_mutex_lock, "pthread_mutex_lock");
    find(r.pthread_mutex_trylock, "pthread_mutex_trylock");
    find(r.pthread_mutex_timedlock, "pthread_mutex_timedlock");
    find(r.pthread_mutex_clocklock, "pthread_mutex_clocklock");
    find(r.pthread_mutex_unlock, "pthread_mutex_unlock");
    find(r.pthread_cond_wait, "pthread_cond_wait");
    find(r.pthread_cond_timedwait, "pthread_cond_timedwait");
    find(r.pthread_cond_clockwait, "pthread_cond_clockwait");
    find(r.pthread_cond_signal, "pthread_cond_signal");
    find(r.pthread_cond_broadcast, "pthread_cond_broadcast");
    find(r.pthread_cond_destroy, "pthread_cond_destroy");
    find(r.pthread_rwlock_rdlock, "pthread_rwlock_rdlock");
    find(r.pthread_rwlock_tryrdlock, "pthread_rwlock_tryrdlock");
    find(r.pthread_rwlock_timedrdlock, "pthread_rwlock_timedrdlock");
    find(r.pthread_rwlock_clockrdlock, "pthread_rwlock_clockrdlock");
    find(r.pthread_rwlock_wrlock, "pthread_rwlock_wrlock");
    find(r.pthread_rwlock_trywrlock, "pthread_rwlock_trywrlock");
    find(r.pthread_rwlock_timedwrlock, "pthread_rwlock_timedwrlock");
    find(r.pthread_rwlock_clockwrlock, "pthread_rwlock_clockwrlock");
    find(r.pthread_rwlock_unlock, "pthread_rwlock_unlock");
    find(r.pthread_once, "pthread_once");
    find(r.cxa_guard_acquire, "__cxa_guard_acquire");
    find(r.cxa_guard_release, "__cxa_guard_release");
    find(r.cxa_guard_abort, "__cxa_guard_abort");
    find(r.cxa_atexit, "__cxa_atexit");
    find(r.cxa_thread_atexit_impl, "__cxa_thread_atexit_impl");
    find(r.exit, "exit");
    find(r.sem_wait, "sem_wait");
    find(r.sem_timedwait, "sem_timedwait");
    find(r.sem_clockwait, "sem_clockwait");
    find(r.sem_trywait, "sem_trywait");
    find(r.sem_post, "sem_post");
    find(r.sched_getcpu, "sched_getcpu");
    find(r.get_nprocs, "get_nprocs");
    find(r.sysconf, "sysconf");
    find(r.clock_gettime, "clock_gettime");
    return r;
}

}  // namespace

const real_functions& real() {
    // No function-local static: its guard is one of the functions that are looked up here. The
    // first call comes before there is a second thread.
    static constinit real_functions functions{};
    static constinit bool found = false;
    if (!found) {
        functions = find_all();
        found = true;
    }
    return functions;
}

void* find_real(const char* name) {
    void* const found = dlsym(RTLD_NEXT, name);
    if (found == nullptr) give_up(name);
    return found;
}

namespace {
constinit int complaints = 2;
}

void complain_to(int descriptor) { complaints = descriptor; }

void give_up(const char* why) {
    const char* const parts[] = {"explore: cannot go on: ", why, "\n"};
    for (const char* part : parts)
        raw_syscall(SYS_write, complaints, reinterpret_cast<long>(part),
                    static_cast<long>(std::strlen(part)));
    raw_syscall(SYS_kill, raw_syscall(SYS_getpid), SIGABRT);
    raw_syscall(SYS_exit_group, 134);
    __builtin_unreachable();
}

}  // namespace explore
