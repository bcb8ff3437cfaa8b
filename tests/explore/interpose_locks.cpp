// Mutexes and read-write locks. Their state is the engine's: the objects in the program's memory
// are only addresses, and the kind of a mutex.
#include <cerrno>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace explore {

bool own_mutex(engine& e, const void* mutex, int owner_depth) {
    lock_state& l = e.lock_at(mutex);
    l.owned = true;
    l.owner = e.me().serial;
    l.depth = owner_depth;
    e.acquire(l.released);
    e.acquire(l.read_released);
    return true;
}

int free_mutex(engine& e, const void* mutex) {
    lock_state& l = e.lock_at(mutex);
    const int depth = l.depth;
    l.owned = false;
    l.depth = 0;
    e.release(l.released);
    return depth;
}

}  // namespace explore

namespace {

using namespace explore;

enum class kind { normal, recursive, checked };

kind kind_of(const pthread_mutex_t* m) {
    switch (m->__data.__kind & 3) {
        case PTHREAD_MUTEX_RECURSIVE_NP:
            return kind::recursive;
        case PTHREAD_MUTEX_ERRORCHECK_NP:
            return kind::checked;
        default:
            return kind::normal;
    }
}

int lock_mutex(pthread_mutex_t* m, std::int64_t deadline, const void* from) {
    entered here;
    engine& e = the_engine();
    const thread& t = e.enter(from);
    {
        lock_state& l = e.lock_at(m);
        if (l.owned && l.owner == t.serial && kind_of(m) != kind::normal) {
            if (kind_of(m) == kind::checked) return EDEADLK;
            ++l.depth;
            return 0;
        }
    }
    // Who locks and unlocks again and again, and writes nothing, polls.
    if (e.spins(m, 0)) e.wait_for_change();
    if (!e.pause(wait::mutex, m, deadline)) {
        e.note(action::lock_timeout, m);
        return ETIMEDOUT;
    }
    e.uses_object(m);
    own_mutex(e, m, 1);
    e.note(action::lock, m);
    return 0;
}

int lock_for_writing(pthread_rwlock_t* m, std::int64_t deadline, const void* from) {
    entered here;
    engine& e = the_engine();
    e.enter(from);
    if (!e.pause(wait::write, m, deadline)) {
        e.note(action::lock_timeout, m);
        return ETIMEDOUT;
    }
    own_mutex(e, m, 1);
    e.note(action::lock, m);
    return 0;
}

int lock_for_reading(pthread_rwlock_t* m, std::int64_t deadline, const void* from) {
    entered here;
    engine& e = the_engine();
    e.enter(from);
    if (e.spins(m, 0)) e.wait_for_change();
    if (!e.pause(wait::read, m, deadline)) {
        e.note(action::lock_timeout, m);
        return ETIMEDOUT;
    }
    lock_state& l = e.lock_at(m);
    ++l.readers;
    e.acquire(l.released);
    e.note(action::read_lock, m);
    return 0;
}

bool is_free(const lock_state& l) { return !l.owned && l.readers == 0; }

// A try that fails may be one of a loop.
int failed_try(engine& e, const void* m) {
    e.me().failed_try = m;
    return EBUSY;
}

}  // namespace

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* m) {
    if (!in_program) return real().pthread_mutex_lock(m);
    return lock_mutex(m, no_deadline, CALLER);
}
int pthread_mutex_timedlock(pthread_mutex_t* m, const timespec* until) {
    if (!in_program) return real().pthread_mutex_timedlock(m, until);
    return lock_mutex(m, virtual_deadline(CLOCK_REALTIME, until), CALLER);
}
int pthread_mutex_clocklock(pthread_mutex_t* m, clockid_t clock, const timespec* until) {
    if (!in_program) return real().pthread_mutex_clocklock(m, clock, until);
    return lock_mutex(m, virtual_deadline(clock, until), CALLER);
}
int pthread_mutex_trylock(pthread_mutex_t* m) {
    if (!in_program) return real().pthread_mutex_trylock(m);
    entered here;
    engine& e = the_engine();
    const thread& t = e.enter(CALLER);
    e.point_before_read(m, e.lock_at(m).owned ? 1 : 0);
    lock_state& l = e.lock_at(m);
    if (l.owned && l.owner == t.serial && kind_of(m) == kind::recursive) {
        ++l.depth;
        return 0;
    }
    if (!is_free(l)) {
        e.note(action::failed_try_lock, m);
        return failed_try(e, m);
    }
    own_mutex(e, m, 1);
    e.note(action::try_lock, m);
    return 0;
}
int pthread_mutex_unlock(pthread_mutex_t* m) {
    if (!in_program) return real().pthread_mutex_unlock(m);
    entered here;
    engine& e = the_engine();
    const thread& t = e.enter(CALLER);
    {
        lock_state& l = e.lock_at(m);
        if (!l.owned || l.owner != t.serial) {
            if (kind_of(m) != kind::normal) return EPERM;
            e.stop("misuse", "unlock of a mutex that " +
                                 std::string(l.owned ? "another thread holds" : "nobody holds"));
        }
        if (l.depth > 1) {
            --l.depth;
            return 0;
        }
    }
    e.point();  // here others can find it locked, when they try
    e.uses_object(m);
    free_mutex(e, m);
    e.note(action::unlock, m);
    return 0;
}

int pthread_rwlock_wrlock(pthread_rwlock_t* m) {
    if (!in_program) return real().pthread_rwlock_wrlock(m);
    return lock_for_writing(m, no_deadline, CALLER);
}
int pthread_rwlock_timedwrlock(pthread_rwlock_t* m, const timespec* until) {
    if (!in_program) return real().pthread_rwlock_timedwrlock(m, until);
    return lock_for_writing(m, virtual_deadline(CLOCK_REALTIME, until), CALLER);
}
int pthread_rwlock_clockwrlock(pthread_rwlock_t* m, clockid_t clock, const timespec* until) {
    if (!in_program) return real().pthread_rwlock_clockwrlock(m, clock, until);
    return lock_for_writing(m, virtual_deadline(clock, until), CALLER);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* m) {
    if (!in_program) return real().pthread_rwlock_rdlock(m);
    return lock_for_reading(m, no_deadline, CALLER);
}
int pthread_rwlock_timedrdlock(pthread_rwlock_t* m, const timespec* until) {
    if (!in_program) return real().pthread_rwlock_timedrdlock(m, until);
    return lock_for_reading(m, virtual_deadline(CLOCK_REALTIME, until), CALLER);
}
int pthread_rwlock_clockrdlock(pthread_rwlock_t* m, clockid_t clock, const timespec* until) {
    if (!in_program) return real().pthread_rwlock_clockrdlock(m, clock, until);
    return lock_for_reading(m, virtual_deadline(clock, until), CALLER);
}
int pthread_rwlock_trywrlock(pthread_rwlock_t* m) {
    if (!in_program) return real().pthread_rwlock_trywrlock(m);
    entered here;
    engine& e = the_engine();
    e.enter(CALLER);
    e.point_before_read(m, is_free(e.lock_at(m)) ? 0 : 1);
    if (!is_free(e.lock_at(m))) {
        e.note(action::failed_try_lock, m);
        return failed_try(e, m);
    }
    own_mutex(e, m, 1);
    e.note(action::try_lock, m);
    return 0;
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t* m) {
    if (!in_program) return real().pthread_rwlock_tryrdlock(m);
    entered here;
    engine& e = the_engine();
    e.enter(CALLER);
    e.point_before_read(m, e.lock_at(m).owned ? 1 : 0);
    lock_state& l = e.lock_at(m);
    if (l.owned) {
        e.note(action::failed_try_read_lock, m);
        return failed_try(e, m);
    }
    ++l.readers;
    e.acquire(l.released);
    e.note(action::read_lock, m);
    return 0;
}
int pthread_rwlock_unlock(pthread_rwlock_t* m) {
    if (!in_program) return real().pthread_rwlock_unlock(m);
    entered here;
    engine& e = the_engine();
    const thread& t = e.enter(CALLER);
    e.point();
    lock_state& l = e.lock_at(m);
    if (l.owned && l.owner == t.serial) {
        free_mutex(e, m);
        e.note(action::unlock, m);
    } else if (l.readers > 0) {
        --l.readers;
        e.release(l.read_released);
        e.note(action::read_unlock, m);
    } else {
        e.stop("misuse", "unlock of a read-write lock that the thread does not hold");
    }
    return 0;
}

}  // extern "C"
