// The semaphores of POSIX. Their count is where the C library has it, in the first word, so that
// one which was made outside of an execution can be used inside.
#include <semaphore.h>

#include <cerrno>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace {

using namespace explore;

unsigned& count(sem_t* s) { return *reinterpret_cast<unsigned*>(s); }

// A try that fails is one of a loop perhaps.
int take(sem_t* s, std::int64_t deadline, bool waits, const void* from) {
    entered here;
    engine& e = the_engine();
    e.enter(from);
    if (waits)
        e.pause(wait::semaphore, s, deadline);
    else
        e.point_before_read(s, count(s) == 0 ? 1 : 0);
    e.uses_object(s);
    if (count(s) == 0) {
        e.note(waits ? action::lock_timeout : action::failed_try_lock, s);
        errno = waits ? ETIMEDOUT : EAGAIN;
        return -1;
    }
    --count(s);
    e.acquire(e.clock_of(s));
    e.note(action::sub, s, count(s));
    return 0;
}

}  // namespace

extern "C" {

int sem_wait(sem_t* s) {
    if (!in_program) return real().sem_wait(s);
    return take(s, no_deadline, true, CALLER);
}
int sem_timedwait(sem_t* s, const timespec* until) {
    if (!in_program) return real().sem_timedwait(s, until);
    return take(s, virtual_deadline(CLOCK_REALTIME, until), true, CALLER);
}
int sem_clockwait(sem_t* s, clockid_t clock, const timespec* until) {
    if (!in_program) return real().sem_clockwait(s, clock, until);
    return take(s, virtual_deadline(clock, until), true, CALLER);
}
int sem_trywait(sem_t* s) noexcept {
    if (!in_program) return real().sem_trywait(s);
    return take(s, no_deadline, false, CALLER);
}
int sem_post(sem_t* s) noexcept {
    if (!in_program) return real().sem_post(s);
    entered here;
    engine& e = the_engine();
    e.enter(CALLER);
    e.point();
    e.uses_object(s);
    e.release(e.clock_of(s));
    ++count(s);
    e.changed();
    e.note(action::add, s, count(s));
    return 0;
}

}  // extern "C"
