// The semaphores of POSIX, without deadlines, made of what the explorer controls. Weak: should it
// come to know them itself, it has its own.
#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <memory>

namespace {

using count = std::atomic<unsigned>;
static_assert(sizeof(count) <= sizeof(sem_t) && alignof(count) <= alignof(sem_t));

count& of(sem_t* s) { return *reinterpret_cast<count*>(s); }

}  // namespace

extern "C" {

[[gnu::weak]] int sem_init(sem_t* s, int, unsigned value) {
    std::construct_at(reinterpret_cast<count*>(s), value);
    return 0;
}

[[gnu::weak]] int sem_destroy(sem_t*) { return 0; }

[[gnu::weak]] int sem_trywait(sem_t* s) {
    unsigned seen = of(s).load();
    while (seen > 0)
        if (of(s).compare_exchange_strong(seen, seen - 1)) return 0;
    errno = EAGAIN;
    return -1;
}

[[gnu::weak]] int sem_wait(sem_t* s) {
    while (sem_trywait(s) != 0) of(s).wait(0);
    return 0;
}

[[gnu::weak]] int sem_post(sem_t* s) {
    of(s).fetch_add(1);
    of(s).notify_one();
    return 0;
}
}
