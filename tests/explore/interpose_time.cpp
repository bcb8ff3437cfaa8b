// Clocks and sleeps. Time is virtual: it stands still while a thread can run.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace {

using namespace explore;

void sleep_until(std::int64_t deadline, const void* from) {
    entered here;
    engine& e = the_engine();
    e.enter(from);
    e.note(action::sleep, nullptr, static_cast<std::uint64_t>(deadline - e.now()));
    e.pause(wait::time, nullptr, deadline);
}

std::int64_t read_clock(clockid_t clock) {
    entered here;
    engine& e = the_engine();
    e.me().read_clock = true;
    return begin_of(clock) + e.now();
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* result) noexcept {
    // The processor time of a thread is no matter of interleavings.
    if (!in_program || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
        return real().clock_gettime(clock, result);
    const std::int64_t now = read_clock(clock);
    *result = {now / second, now % second};
    return 0;
}
int gettimeofday(timeval* result, void* zone) noexcept {
    if (!in_program)
        return static_cast<int>(raw_syscall(SYS_gettimeofday, reinterpret_cast<long>(result),
                                            reinterpret_cast<long>(zone)));
    const std::int64_t now = read_clock(CLOCK_REALTIME);
    *result = {now / second, now % second / 1000};
    return 0;
}
time_t time(time_t* result) noexcept {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != nullptr) *result = now.tv_sec;
    return now.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
    if (!in_program)
        return static_cast<int>(-raw_syscall(SYS_clock_nanosleep, clock, flags,
                                             reinterpret_cast<long>(time),
                                             reinterpret_cast<long>(left)));
    if ((flags & TIMER_ABSTIME) != 0)
        sleep_until(virtual_deadline(clock, time), CALLER);
    else
        sleep_until(the_engine().now() + nanoseconds(*time), CALLER);
    return 0;
}
int nanosleep(const timespec* time, timespec* left) {
    if (in_program) {
        sleep_until(the_engine().now() + nanoseconds(*time), CALLER);
        return 0;
    }
    const int error = clock_nanosleep(CLOCK_REALTIME, 0, time, left);
    if (error == 0) return 0;
    errno = error;
    return -1;
}
int usleep(useconds_t microseconds) {
    const timespec time{microseconds / 1'000'000, microseconds % 1'000'000 * 1000L};
    return nanosleep(&time, nullptr);
}
unsigned sleep(unsigned seconds) {
    const timespec time{static_cast<time_t>(seconds), 0};
    nanosleep(&time, nullptr);
    return 0;
}

}  // extern "C"
