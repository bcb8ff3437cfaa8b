// The heap of the program under test: a range of its own, at the same addresses in each execution,
// thrown away as a whole. So an execution that was abandoned leaks nothing, and what was freed
// stays recognisable to its end.
//
// What the program has allocated before, for its globals, lies in another range, which is put back
// as they are.
#include <sys/mman.h>
#include <sys/single_threaded.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"
#include "tests/explore/segments.hpp"

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace explore {
namespace {

constexpr std::size_t marked = 4096;  // of a freed block: accesses beyond are not told

struct block {
    std::size_t size;
    std::size_t padding;  // keeps what follows aligned to 16
};

struct heap {
    std::uintptr_t wish;  // the same place in each process, if it can be had
    std::size_t size;     // of address space
    char* begin = nullptr;
    char* next = nullptr;

    bool holds(const void* p) const { return begin != nullptr && p >= begin && p < begin + size; }

    void reserve() {
        void* const got = mmap(reinterpret_cast<void*>(wish), size, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (got == MAP_FAILED) give_up("no address space for the heap of the program");
        begin = next = static_cast<char*>(got);
    }

    void* allocate(std::size_t bytes, std::size_t alignment) {
        auto at = reinterpret_cast<std::uintptr_t>(next) + sizeof(block);
        at = (at + alignment - 1) & ~(std::uintptr_t{alignment} - 1);
        if (bytes > size || at + bytes > reinterpret_cast<std::uintptr_t>(begin) + size)
            return nullptr;
        auto* result = reinterpret_cast<char*>(at);
        reinterpret_cast<block*>(result)[-1] = {bytes, 0};
        next = result + ((bytes + 15) & ~std::size_t{15});
        return result;
    }
};

constinit heap of_execution{0x6000'0000'0000, std::size_t{1} << 30};
constinit heap from_before{0x6100'0000'0000, std::size_t{1} << 26};
constinit bool before_ends = false;  // nothing more is allocated there

// Where the code of the C library lies, and that of the linker. What they allocate for themselves,
// say the buffer of stdout, must outlive the execution.
struct code_range {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
};
constinit std::array<code_range, 2> c_library{};

void find_c_library() {
    for_each_segment([&](const segment& s) {
        if (s.header.p_type != PT_LOAD || (s.header.p_flags & PF_X) == 0) return;
        if (std::strstr(s.name, "/libc.so") != nullptr) c_library[0] = {s.begin, s.end};
        if (std::strstr(s.name, "/ld-linux") != nullptr) c_library[1] = {s.begin, s.end};
    });
}

bool is_c_library(const void* from) {
    const auto caller = reinterpret_cast<std::uintptr_t>(from);
    if (c_library[0].end == 0) find_c_library();
    for (const code_range& r : c_library)
        if (r.begin <= caller && caller < r.end) return true;
    return false;
}

// Where a call from there gets its memory. Null: from the C library.
heap* heap_for(const void* from) {
    if (!in_program && (before_ends || __libc_single_threaded == 0)) return nullptr;
    if (is_c_library(from)) return nullptr;
    if (in_program) return &of_execution;
    if (from_before.begin == nullptr) from_before.reserve();
    return &from_before;
}

heap* holder(const void* p) {
    if (of_execution.holds(p)) return &of_execution;
    return from_before.holds(p) ? &from_before : nullptr;
}

std::size_t size_of(void* p) { return static_cast<block*>(p)[-1].size; }

void* allocate(heap& from, std::size_t size, std::size_t alignment = 16) {
    void* result = from.allocate(size, alignment);
    if (result == nullptr && &from == &from_before) return __libc_memalign(alignment, size);
    if (result == nullptr) errno = ENOMEM;
    return result;
}

// What the C library has allocated in executions. The program may free it, as after strdup.
std::set<void*>& gifts() {
    static auto* const all = new std::set<void*>;
    return *all;
}

void* from_c_library(void* p) {
    if (!in_program || p == nullptr) return p;
    entered here;
    gifts().insert(p);
    return p;
}

// Before it is given back to the C library. Memory from before the execution is there only once.
void* to_c_library(void* p, const void* from) {
    if (!in_program) return p;
    entered here;
    engine& e = the_engine();
    e.enter(from);
    if (gifts().erase(p) == 0 && !is_c_library(from))
        e.stop("misuse", "free of memory from before the execution, which the next one needs, too");
    return p;
}

void give_back(void* p, const void* from) {
    if (holder(p) == nullptr) return __libc_free(to_c_library(p, from));
    if (!in_program) return;
    entered here;
    engine& e = the_engine();
    e.enter(from);
    const std::size_t size = size_of(p) < marked ? size_of(p) : marked;
    e.access(reinterpret_cast<std::uintptr_t>(p), size == 0 ? 1 : size,
             races::frees | races::writes);
    e.note(action::free, p, size_of(p));
}

}  // namespace

void reset_heap() {
    if (of_execution.begin == nullptr) {
        of_execution.reserve();
        gifts();  // before globals are saved
    }
    // What was never written is the same in each execution, too.
    std::memset(of_execution.begin, 0,
                static_cast<std::size_t>(of_execution.next - of_execution.begin));
    of_execution.next = of_execution.begin;
    before_ends = true;
}

memory_range memory_from_before() { return {from_before.begin, from_before.next}; }

}  // namespace explore

using namespace explore;

extern "C" {

void* malloc(std::size_t size) {
    if (heap* const h = heap_for(CALLER)) return allocate(*h, size);
    return from_c_library(__libc_malloc(size));
}

void free(void* p) {
    if (p != nullptr) give_back(p, CALLER);
}

void* calloc(std::size_t count, std::size_t size) {
    heap* const h = heap_for(CALLER);
    if (h == nullptr) return from_c_library(__libc_calloc(count, size));
    std::size_t bytes = 0;
    void* const p = __builtin_mul_overflow(count, size, &bytes) ? nullptr : allocate(*h, bytes);
    if (p != nullptr) std::memset(p, 0, bytes);
    return p;
}

void* realloc(void* old, std::size_t size) {
    heap* const h = heap_for(CALLER);
    if (old != nullptr && holder(old) == nullptr)
        return from_c_library(__libc_realloc(to_c_library(old, CALLER), size));
    void* const p = h != nullptr ? allocate(*h, size) : from_c_library(__libc_malloc(size));
    if (p == nullptr || old == nullptr) return p;
    std::memcpy(p, old, size_of(old) < size ? size_of(old) : size);
    give_back(old, CALLER);
    return p;
}

void* memalign(std::size_t alignment, std::size_t size) {
    if (heap* const h = heap_for(CALLER))
        return allocate(*h, size, alignment < 16 ? 16 : alignment);
    return from_c_library(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
    void* const p = memalign(alignment, size);
    if (p == nullptr) return ENOMEM;
    *result = p;
    return 0;
}

}  // extern "C"
