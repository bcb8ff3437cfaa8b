#include "tests/explore/fiber.hpp"

#include <cxxabi.h>
#include <elf.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "tests/explore/real.hpp"
#include "tests/explore/segments.hpp"

#if !defined(__x86_64__) || !defined(__GLIBC__)
#error "The explorer needs x86-64 Linux with glibc"
#endif

// explore_switch(&from.stack_pointer, to.stack_pointer): saves what a call must keep.
asm(R"(
    .text
    .globl explore_switch
    .type explore_switch, @function
explore_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size explore_switch, .-explore_switch
)");
extern "C" void explore_switch(void** from, void* to);

namespace explore {
namespace {

constexpr std::size_t for_the_donor = 4096;  // its own frames, below the one that it measured

bool has_fsgsbase() {
    static const bool has = (getauxval(AT_HWCAP2) & 2) != 0;
    return has;
}

struct birth {
    donor result;
    std::atomic<bool> parked{false};
};

void* lend(void* where) {
    birth& mine = *static_cast<birth*>(where);
    mine.result.stack_top = static_cast<char*>(__builtin_frame_address(0)) - for_the_donor;
    mine.result.thread_pointer = thread_pointer();
    mine.parked.store(true);
    for (;;) raw_syscall(SYS_pause);
}

donor make_donor() {
    birth born;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_size);
    sigset_t every;
    sigset_t before;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    pthread_t thread;
    if (real().pthread_create(&thread, &attributes, lend, &born) != 0)
        give_up("no more threads can be made");
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    while (!born.parked.load()) raw_syscall(SYS_sched_yield);
    std::size_t size = 0;
    if (pthread_getattr_np(thread, &attributes) != 0) give_up("a thread does not know its stack");
    pthread_attr_getstack(&attributes, &born.result.stack_bottom, &size);
    pthread_attr_destroy(&attributes);
    return born.result;
}

void reset(const tls_image& tls, const donor& lender) {
    char* const at = reinterpret_cast<char*>(lender.thread_pointer) - tls.below;
    if (tls.size == 0) return;
    std::memcpy(at, tls.image, tls.initialised);
    std::memset(at + tls.initialised, 0, tls.size - tls.initialised);
}

}  // namespace

tls_image find_tls_image() {
    tls_image found;
    for_each_segment([&](const segment& s) {
        if (!s.programs || s.header.p_type != PT_TLS) return;
        const std::size_t align = s.header.p_align == 0 ? 1 : s.header.p_align;
        found = {reinterpret_cast<const char*>(s.begin), s.header.p_filesz, s.header.p_memsz,
                 (s.header.p_memsz + align - 1) / align * align};
    });
    return found;
}

unsigned long thread_pointer() {
    unsigned long pointer;
    asm volatile("movq %%fs:0, %0" : "=r"(pointer));  // a TCB begins with its own address
    return pointer;
}

void set_thread_pointer(unsigned long to) {
    if (has_fsgsbase())
        asm volatile("wrfsbase %0" : : "r"(to) : "memory");
    else
        raw_syscall(SYS_arch_prctl, 0x1002 /* ARCH_SET_FS */, static_cast<long>(to));
}

donor& donors::at(int index, const context& home) {
    while (all_.size() <= static_cast<std::size_t>(index)) {
        const unsigned long mine = thread_pointer();
        set_thread_pointer(home.thread_pointer);
        all_.push_back(make_donor());
        set_thread_pointer(mine);
    }
    return all_[static_cast<std::size_t>(index)];
}

context donors::make_context(donor& lender, void (*entry)()) const {
    reset(thread_locals_, lender);
    const unsigned long mine = thread_pointer();
    set_thread_pointer(lender.thread_pointer);
    // A fiber that was abandoned inside a catch block has left its exception here.
    std::memset(static_cast<void*>(abi::__cxa_get_globals()), 0,
                sizeof(void*) + sizeof(unsigned int));
    set_thread_pointer(mine);

    auto top = reinterpret_cast<std::uintptr_t>(lender.stack_top) & ~std::uintptr_t{15};
    auto* slot = reinterpret_cast<std::uint64_t*>(top);
    *--slot = 0;  // the return address of `entry`: the end for whoever unwinds
    *--slot = reinterpret_cast<std::uint64_t>(entry);
    for (int saved = 0; saved != 6; ++saved) *--slot = 0;
    *--slot = 0x037F'0000'1F80;  // the control words that a process starts with
    return {slot, lender.thread_pointer};
}

// Not inlined, and nothing of it is kept in a register over the switch: the thread pointer changes.
[[gnu::noinline]] void switch_context(context& from, const context& to) {
    from.thread_pointer = thread_pointer();
    set_thread_pointer(to.thread_pointer);
    explore_switch(&from.stack_pointer, to.stack_pointer);
}

}  // namespace explore
