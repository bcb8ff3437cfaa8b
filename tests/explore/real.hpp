#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

// The functions that this library replaces, as the C library has them. They are what everybody gets
// outside of an execution, the engine always.
namespace explore {

struct real_functions {
    int (*pthread_create)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    int (*pthread_join)(pthread_t, void**);
    int (*pthread_detach)(pthread_t);
    int (*pthread_key_create)(pthread_key_t*, void (*)(void*));
    int (*pthread_key_delete)(pthread_key_t);
    int (*pthread_setspecific)(pthread_key_t, const void*);
    int (*pthread_mutex_lock)(pthread_mutex_t*);
    int (*pthread_mutex_trylock)(pthread_mutex_t*);
    int (*pthread_mutex_timedlock)(pthread_mutex_t*, const timespec*);
    int (*pthread_mutex_clocklock)(pthread_mutex_t*, clockid_t, const timespec*);
    int (*pthread_mutex_unlock)(pthread_mutex_t*);
    int (*pthread_cond_wait)(pthread_cond_t*, pthread_mutex_t*);
    int (*pthread_cond_timedwait)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
    int (*pthread_cond_clockwait)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*);
    int (*pthread_cond_signal)(pthread_cond_t*);
    int (*pthread_cond_broadcast)(pthread_cond_t*);
    int (*pthread_cond_destroy)(pthread_cond_t*);
    int (*pthread_rwlock_rdlock)(pthread_rwlock_t*);
    int (*pthread_rwlock_tryrdlock)(pthread_rwlock_t*);
    int (*pthread_rwlock_timedrdlock)(pthread_rwlock_t*, const timespec*);
    int (*pthread_rwlock_clockrdlock)(pthread_rwlock_t*, clockid_t, const timespec*);
    int (*pthread_rwlock_wrlock)(pthread_rwlock_t*);
    int (*pthread_rwlock_trywrlock)(pthread_rwlock_t*);
    int (*pthread_rwlock_timedwrlock)(pthread_rwlock_t*, const timespec*);
    int (*pthread_rwlock_clockwrlock)(pthread_rwlock_t*, clockid_t, const timespec*);
    int (*pthread_rwlock_unlock)(pthread_rwlock_t*);
    int (*pthread_once)(pthread_once_t*, void (*)());
    int (*cxa_guard_acquire)(void*);
    void (*cxa_guard_release)(void*);
    void (*cxa_guard_abort)(void*);
    int (*cxa_atexit)(void (*)(void*), void*, void*);
    int (*cxa_thread_atexit_impl)(void (*)(void*), void*, void*);
    void (*exit)(int);
    int (*sem_wait)(sem_t*);
    int (*sem_timedwait)(sem_t*, const timespec*);
    int (*sem_clockwait)(sem_t*, clockid_t, const timespec*);
    int (*sem_trywait)(sem_t*);
    int (*sem_post)(sem_t*);
    int (*sched_getcpu)();
    int (*get_nprocs)();
    long (*sysconf)(int);
    int (*clock_gettime)(clockid_t, timespec*);
};

const real_functions& real();

// Another one, by its name: the next definition after the program's own.
void* find_real(const char* name);

// A system call past every replacement, this library's own included. -errno when it fails.
inline long raw_syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                        long f = 0) {
    long result;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}

// The engine itself cannot go on. It says so on standard error, or where it was told to.
[[noreturn]] void give_up(const char* why);
void complain_to(int descriptor);

}  // namespace explore
