#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>

// The kernel's wait-on-a-word, the one thing on which a thread of ours ever sleeps.
//
// Not std::atomic::wait, because that has no deadline. Happens-before comes from the atomic
// operations around these calls, never from the calls themselves.
namespace braid::runtime {

using futex_word = std::atomic<std::uint32_t>;

inline long futex_call(futex_word& word, int operation, std::uint32_t value,
                       const timespec* until = nullptr) noexcept {
    return syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word),
                   operation | FUTEX_PRIVATE_FLAG, value, until, nullptr, FUTEX_BITSET_MATCH_ANY);
}

// Sleeps while `word` holds `expected`. May return without cause: callers look at the word again.
inline void futex_wait(futex_word& word, std::uint32_t expected) noexcept {
    futex_call(word, FUTEX_WAIT, expected);
}

// The same, but not past `until` on the monotonic clock.
inline void futex_wait_until(futex_word& word, std::uint32_t expected,
                             std::chrono::steady_clock::time_point until) noexcept {
    using namespace std::chrono;
    const auto since_boot = until.time_since_epoch();
    const auto whole = floor<seconds>(since_boot);
    if (whole.count() < 0) return;
    const timespec at{whole.count(), static_cast<long>(nanoseconds(since_boot - whole).count())};
    futex_call(word, FUTEX_WAIT_BITSET, expected, &at);
}

// Wakes one sleeper, or all. `word` may already be gone: only its address is used.
inline void futex_wake_one(futex_word& word) noexcept { futex_call(word, FUTEX_WAKE, 1); }
inline void futex_wake_all(futex_word& word) noexcept { futex_call(word, FUTEX_WAKE, INT_MAX); }

}  // namespace braid::runtime
