// Calls that may block without the engine's knowledge: they end the execution by name. So do those
// that make threads or processes of their own, or end them.
//
// Reads and writes within the C library, as those of stdio, do not come here.
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace {

using namespace explore;

enum class what {
    own,      // does not block, and is no other thread's business
    shared,   // does not block; another thread may be at the other end
    blocks,   // may block
    foreign,  // does what the engine knows nothing about
};

// Its address stands for all pipes, sockets and locks: what comes out of one may come from anybody.
constexpr char kernel = 0;

[[noreturn]] void refuse(const std::string& call, what kind) {
    engine& e = the_engine();
    if (kind == what::blocks) e.unsupported(call.c_str());
    e.stop("unsupported", call + ": the explorer does not control it");
}

bool has_come(long result) { return result > 0; }
bool has_come(const void* result) { return result != nullptr; }

// The call that is made in the program. One that does not block is part of a loop perhaps: others
// get on before it.
template <class Call>
auto guarded(const Call& call, const char* name, what kind, const void* from) {
    entered here;
    if (kind == what::own) return call();
    engine& e = the_engine();
    e.enter(from);
    if (kind != what::shared) refuse(name, kind);
    e.yield();
    e.acquire(e.clock_of(&kernel));
    const auto result = call();
    e.release(e.clock_of(&kernel));
    if (has_come(result)) e.changed();
    return result;
}

template <class Function>
Function* find(Function*& known, const char* name) {
    if (known == nullptr) known = reinterpret_cast<Function*>(find_real(name));
    return known;
}

what unless(bool does_not_block) { return does_not_block ? what::shared : what::blocks; }

bool is_file(int descriptor) { return lseek(descriptor, 0, SEEK_CUR) != -1; }
bool is_nonblocking(int descriptor) {
    return (raw_syscall(SYS_fcntl, descriptor, F_GETFL) & O_NONBLOCK) != 0;
}
what input(int descriptor) {
    return is_file(descriptor) ? what::own : unless(is_nonblocking(descriptor));
}
// Standard output and error may be pipes; nobody in the program reads them.
what output(int descriptor) {
    return descriptor == 1 || descriptor == 2 ? what::own : input(descriptor);
}
what message(int descriptor, int flags) {
    return (flags & MSG_DONTWAIT) != 0 ? what::shared : input(descriptor);
}
what queue(mqd_t descriptor) { return unless(is_nonblocking(descriptor)); }
what timeout(const timeval* t) { return unless(t != nullptr && t->tv_sec == 0 && t->tv_usec == 0); }
what timeout(const timespec* t) {
    return unless(t != nullptr && t->tv_sec == 0 && t->tv_nsec == 0);
}

constexpr auto blocks = what::blocks;
constexpr auto foreign = what::foreign;

}  // namespace

#define CALL(result, name, parameters, arguments, kind)                       \
    result name parameters {                                                  \
        static decltype(&::name) known;                                       \
        const auto real = [&] { return find(known, #name) arguments; };       \
        return in_program ? guarded(real, #name "()", kind, CALLER) : real(); \
    }

extern "C" {

// Descriptors.
CALL(ssize_t, read, (int d, void* to, std::size_t n), (d, to, n), input(d))
CALL(ssize_t, readv, (int d, const iovec* to, int n), (d, to, n), input(d))
CALL(ssize_t, write, (int d, const void* from, std::size_t n), (d, from, n), output(d))
CALL(ssize_t, writev, (int d, const iovec* from, int n), (d, from, n), output(d))
CALL(ssize_t, recv, (int d, void* to, std::size_t n, int f), (d, to, n, f), message(d, f))
CALL(ssize_t, recvfrom, (int d, void* to, std::size_t n, int f, sockaddr* a, socklen_t* s),
     (d, to, n, f, a, s), message(d, f))
CALL(ssize_t, recvmsg, (int d, msghdr* to, int f), (d, to, f), message(d, f))
CALL(ssize_t, send, (int d, const void* from, std::size_t n, int f), (d, from, n, f), message(d, f))
CALL(ssize_t, sendto,
     (int d, const void* from, std::size_t n, int f, const sockaddr* a, socklen_t s),
     (d, from, n, f, a, s), message(d, f))
CALL(ssize_t, sendmsg, (int d, const msghdr* from, int f), (d, from, f), message(d, f))
CALL(int, accept, (int d, sockaddr* a, socklen_t* s), (d, a, s), input(d))
CALL(int, accept4, (int d, sockaddr* a, socklen_t* s, int f), (d, a, s, f), input(d))
CALL(int, connect, (int d, const sockaddr* a, socklen_t s), (d, a, s), input(d))
CALL(int, poll, (pollfd * all, nfds_t n, int t), (all, n, t), unless(t == 0))
CALL(int, ppoll, (pollfd * all, nfds_t n, const timespec* t, const sigset_t* s), (all, n, t, s),
     timeout(t))
CALL(int, select, (int n, fd_set* r, fd_set* w, fd_set* e, timeval* t), (n, r, w, e, t), timeout(t))
CALL(int, pselect, (int n, fd_set* r, fd_set* w, fd_set* e, const timespec* t, const sigset_t* s),
     (n, r, w, e, t, s), timeout(t))
CALL(int, epoll_wait, (int d, epoll_event* to, int n, int t), (d, to, n, t), unless(t == 0))
CALL(int, epoll_pwait, (int d, epoll_event* to, int n, int t, const sigset_t* s), (d, to, n, t, s),
     unless(t == 0))
CALL(int, flock, (int d, int o) noexcept, (d, o), unless((o & (LOCK_NB | LOCK_UN)) != 0))
CALL(int, lockf, (int d, int o, off_t n), (d, o, n), unless(o != F_LOCK))

// Message queues, and the semaphores of System V.
CALL(ssize_t, msgrcv, (int q, void* to, std::size_t n, long t, int f), (q, to, n, t, f),
     unless((f & IPC_NOWAIT) != 0))
CALL(int, msgsnd, (int q, const void* from, std::size_t n, int f), (q, from, n, f),
     unless((f & IPC_NOWAIT) != 0))
CALL(int, semop, (int s, sembuf* all, std::size_t n) noexcept, (s, all, n), blocks)
CALL(int, semtimedop, (int s, sembuf* all, std::size_t n, const timespec* t) noexcept,
     (s, all, n, t), blocks)
CALL(ssize_t, mq_receive, (mqd_t q, char* to, std::size_t n, unsigned* p), (q, to, n, p), queue(q))
CALL(ssize_t, mq_timedreceive, (mqd_t q, char* to, std::size_t n, unsigned* p, const timespec* t),
     (q, to, n, p, t), queue(q))
CALL(int, mq_send, (mqd_t q, const char* from, std::size_t n, unsigned p), (q, from, n, p),
     queue(q))
CALL(int, mq_timedsend, (mqd_t q, const char* from, std::size_t n, unsigned p, const timespec* t),
     (q, from, n, p, t), queue(q))

// Threads.
CALL(int, pthread_barrier_wait, (pthread_barrier_t * b) noexcept, (b), blocks)
CALL(int, pthread_spin_lock, (pthread_spinlock_t * s) noexcept, (s), blocks)
CALL(int, pthread_spin_trylock, (pthread_spinlock_t * s) noexcept, (s), foreign)
CALL(int, pthread_tryjoin_np, (pthread_t t, void** r) noexcept, (t, r), foreign)
CALL(int, pthread_timedjoin_np, (pthread_t t, void** r, const timespec* u), (t, r, u), blocks)
CALL(int, pthread_cancel, (pthread_t t), (t), foreign)
CALL(int, pthread_kill, (pthread_t t, int s) noexcept, (t, s), foreign)
CALL(int, raise, (int s) noexcept, (s), foreign)
CALL(int, thrd_create, (thrd_t * t, thrd_start_t f, void* a), (t, f, a), foreign)
CALL(int, mtx_lock, (mtx_t * m), (m), blocks)
CALL(int, mtx_timedlock, (mtx_t * m, const timespec* t), (m, t), blocks)
CALL(int, mtx_trylock, (mtx_t * m), (m), foreign)
CALL(int, cnd_wait, (cnd_t * c, mtx_t* m), (c, m), blocks)
CALL(int, cnd_timedwait, (cnd_t * c, mtx_t* m, const timespec* t), (c, m, t), blocks)

// Processes and signals.
CALL(pid_t, wait, (int* s), (s), blocks)
CALL(pid_t, waitpid, (pid_t p, int* s, int o), (p, s, o), unless((o & WNOHANG) != 0))
CALL(pid_t, wait3, (int* s, int o, rusage* u) noexcept, (s, o, u), unless((o & WNOHANG) != 0))
CALL(pid_t, wait4, (pid_t p, int* s, int o, rusage* u) noexcept, (p, s, o, u),
     unless((o & WNOHANG) != 0))
CALL(int, waitid, (idtype_t t, id_t p, siginfo_t* i, int o), (t, p, i, o),
     unless((o & WNOHANG) != 0))
CALL(int, system, (const char* command), (command), blocks)
CALL(FILE*, popen, (const char* command, const char* mode), (command, mode), foreign)
CALL(pid_t, fork, () noexcept, (), foreign)
CALL(int, posix_spawn,
     (pid_t * p, const char* f, const posix_spawn_file_actions_t* a, const posix_spawnattr_t* b,
      char* const* v, char* const* e),
     (p, f, a, b, v, e), foreign)
CALL(int, posix_spawnp,
     (pid_t * p, const char* f, const posix_spawn_file_actions_t* a, const posix_spawnattr_t* b,
      char* const* v, char* const* e),
     (p, f, a, b, v, e), foreign)
CALL(int, pause, (), (), blocks)
CALL(int, sigwait, (const sigset_t* s, int* n), (s, n), blocks)
CALL(int, sigwaitinfo, (const sigset_t* s, siginfo_t* i), (s, i), blocks)
CALL(int, sigtimedwait, (const sigset_t* s, siginfo_t* i, const timespec* t), (s, i, t), timeout(t))
CALL(int, sigsuspend, (const sigset_t* s), (s), blocks)

// Nothing can stand between vfork and who calls it.
pid_t vfork() noexcept { return fork(); }

int fcntl(int d, int command, ...) {
    static decltype(&::fcntl) known;
    va_list arguments;
    va_start(arguments, command);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    const auto real = [&] { return find(known, "fcntl")(d, command, argument); };
    const bool waits = command == F_SETLKW || command == F_OFD_SETLKW;
    return in_program ? guarded(real, "fcntl()", waits ? blocks : what::own, CALLER) : real();
}

void pthread_exit(void* result) {
    static decltype(&::pthread_exit) known;
    const auto real = [&] {
        find(known, "pthread_exit")(result);
        return 0;
    };
    if (in_program) guarded(real, "pthread_exit()", foreign, CALLER);
    real();
    __builtin_unreachable();
}

}  // extern "C"
