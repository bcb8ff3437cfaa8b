// Condition variables and futexes.
#include <linux/futex.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <string>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace {

using namespace explore;

int wait_on(pthread_cond_t* c, pthread_mutex_t* m, std::int64_t deadline, const void* from) {
    entered here;
    engine& e = the_engine();
    const thread& t = e.enter(from);
    {
        const lock_state& l = e.lock_at(m);
        if (!l.owned || l.owner != t.serial)
            e.stop("misuse", "a wait on a condition without its mutex");
    }
    e.point();
    e.note(action::condition_wait, c);
    const int depth = free_mutex(e, m);
    const bool woken = e.pause(wait::condition, c, deadline, m);
    own_mutex(e, m, depth);
    e.note(woken ? action::condition_wake : action::condition_timeout, c);
    return woken ? 0 : ETIMEDOUT;
}

// The threads that wait for `what` and have not been woken yet, in the order of their numbers.
struct waiters {
    std::array<thread*, max_threads> all{};
    int count = 0;

    waiters(engine& e, wait why, const void* what) {
        for (thread* t : e.live())
            if (t->why == why && t->what == what && !t->woken && t->deadline > e.now())
                all[static_cast<std::size_t>(count++)] = t;
    }

    // Which of them goes first is a decision.
    void wake_one(engine& e) {
        const int chosen = e.choose_one_of(count);
        all[static_cast<std::size_t>(chosen)]->woken = true;
        all[static_cast<std::size_t>(chosen)] = all[static_cast<std::size_t>(--count)];
    }
};

int notify(pthread_cond_t* c, bool everybody, const void* from) {
    entered here;
    engine& e = the_engine();
    e.enter(from);
    e.point();
    e.uses_object(c);
    waiters here_waits(e, wait::condition, c);
    e.note(everybody ? action::notify_all : action::notify_one, c,
           static_cast<std::uint64_t>(here_waits.count));
    if (here_waits.count == 0) {
        ++e.lost_signals(c);
        return 0;
    }
    do here_waits.wake_one(e);
    while (everybody && here_waits.count != 0);
    return 0;
}

// Waits while *word is `value`. No happens-before: that comes from the atomic operations around it.
long futex_wait(const std::uint32_t* word, std::uint32_t value, std::int64_t deadline) {
    engine& e = the_engine();
    e.point();
    if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != value) {
        e.note(action::futex_no_wait, word);
        return EAGAIN;
    }
    e.note(action::futex_wait, word, value);
    const bool woken = e.pause(wait::futex, word, deadline);
    e.note(woken ? action::futex_woken : action::futex_timeout, word);
    return woken ? 0 : ETIMEDOUT;
}

long futex_wake(const std::uint32_t* word, long most) {
    engine& e = the_engine();
    e.point();
    waiters all(e, wait::futex, word);
    e.note(action::futex_wake, word, static_cast<std::uint64_t>(all.count));
    long woken = 0;
    for (; woken < most && all.count != 0; ++woken) all.wake_one(e);
    return woken;
}

// What blocks, or makes or ends threads.
bool is_uncontrolled(long number) {
    constexpr std::array all = {SYS_read,
                                SYS_readv,
                                SYS_write,
                                SYS_writev,
                                SYS_poll,
                                SYS_ppoll,
                                SYS_select,
                                SYS_pselect6,
                                SYS_epoll_wait,
                                SYS_epoll_pwait,
                                SYS_accept,
                                SYS_accept4,
                                SYS_connect,
                                SYS_recvfrom,
                                SYS_recvmsg,
                                SYS_sendto,
                                SYS_sendmsg,
                                SYS_flock,
                                SYS_wait4,
                                SYS_waitid,
                                SYS_pause,
                                SYS_rt_sigsuspend,
                                SYS_rt_sigtimedwait,
                                SYS_nanosleep,
                                SYS_clock_nanosleep,
                                SYS_semop,
                                SYS_semtimedop,
                                SYS_msgrcv,
                                SYS_msgsnd,
                                SYS_mq_timedsend,
                                SYS_mq_timedreceive,
                                SYS_fork,
                                SYS_vfork,
                                SYS_clone,
                                SYS_clone3,
                                SYS_exit,
                                SYS_exit_group};
    return std::find(all.begin(), all.end(), number) != all.end();
}

long futex(const long* a) {
    const auto* word = reinterpret_cast<const std::uint32_t*>(a[0]);
    const auto value = static_cast<std::uint32_t>(a[2]);
    const auto* time = reinterpret_cast<const timespec*>(a[3]);
    const auto operation = static_cast<int>(a[1]);
    engine& e = the_engine();
    switch (operation & FUTEX_CMD_MASK) {
        case FUTEX_WAIT:  // for so long
            return -futex_wait(word, value,
                               time == nullptr ? no_deadline : e.now() + nanoseconds(*time));
        case FUTEX_WAIT_BITSET:  // until then
            return -futex_wait(
                word, value,
                time == nullptr
                    ? no_deadline
                    : virtual_deadline((operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME
                                                                               : CLOCK_MONOTONIC,
                                       time));
        case FUTEX_WAKE:
        case FUTEX_WAKE_BITSET:
            return futex_wake(word, static_cast<int>(value));
        default:
            e.unsupported("this futex operation");
    }
}

}  // namespace

extern "C" {

int pthread_cond_wait(pthread_cond_t* c, pthread_mutex_t* m) {
    if (!in_program) return real().pthread_cond_wait(c, m);
    return wait_on(c, m, no_deadline, CALLER);
}
// Of the clocks that a condition can be made with, the C++ library uses the default one.
int pthread_cond_timedwait(pthread_cond_t* c, pthread_mutex_t* m, const timespec* until) {
    if (!in_program) return real().pthread_cond_timedwait(c, m, until);
    return wait_on(c, m, virtual_deadline(CLOCK_REALTIME, until), CALLER);
}
int pthread_cond_clockwait(pthread_cond_t* c, pthread_mutex_t* m, clockid_t clock,
                           const timespec* until) {
    if (!in_program) return real().pthread_cond_clockwait(c, m, clock, until);
    return wait_on(c, m, virtual_deadline(clock, until), CALLER);
}
int pthread_cond_signal(pthread_cond_t* c) {
    if (!in_program) return real().pthread_cond_signal(c);
    return notify(c, false, CALLER);
}
int pthread_cond_broadcast(pthread_cond_t* c) {
    if (!in_program) return real().pthread_cond_broadcast(c);
    return notify(c, true, CALLER);
}
int pthread_cond_destroy(pthread_cond_t* c) {
    if (!in_program) return real().pthread_cond_destroy(c);
    entered here;
    engine& e = the_engine();
    e.enter(CALLER);
    if (waiters(e, wait::condition, c).count != 0)
        e.stop("misuse", "a condition is destroyed while threads wait on it");
    return 0;
}

// Futexes have no function of their own. Other calls that block have.
long syscall(long number, ...) noexcept {
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (long& argument : a) argument = va_arg(arguments, long);
    va_end(arguments);
    long result;
    if (in_program && number == SYS_futex) {
        entered here;
        the_engine().enter(CALLER);
        result = futex(a);
    } else if (in_program && is_uncontrolled(number)) {
        entered here;
        the_engine().enter(CALLER);
        the_engine().unsupported(("syscall(" + std::to_string(number) + ")").c_str());
    } else {
        result = raw_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    if (result >= 0 || result < -4095) return result;
    errno = static_cast<int>(-result);
    return -1;
}

}  // extern "C"
