#pragma once

namespace braid::runtime {

// Tells the processor that the caller spins: some dozens of cycles in which the other thread of the
// core, and the bus, have it to themselves.
inline void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb");
#endif
}

}  // namespace braid::runtime
