// The heap of the program under test: a range of its own, at the same addresses in each execution,
// thrown away as a whole. So an execution that was abandoned leaks nothing, and what was freed
// stays recognisable to its end. Below it, what the static initialisers of a whole program have
// allocated: it is put back with the globals.
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

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

constexpr std::size_t heap_size = std::size_t{1} << 30;  // of address space
constexpr std::size_t marked = 4096;  // of a freed block: accesses beyond are not told

struct block {
    std::size_t size;
    std::size_t padding;  // keeps what follows aligned to 16
};

struct heap {
    char* begin = nullptr;
    char* next = nullptr;
    std::size_t kept = 0;  // of the static initialisers

    bool holds(const void* p) const { return p >= begin && p < begin + heap_size && begin; }

    void* allocate(std::size_t size, std::size_t alignment) {
        auto at = reinterpret_cast<std::uintptr_t>(next) + sizeof(block);
        at = (at + alignment - 1) & ~(std::uintptr_t{alignment} - 1);
        if (size > heap_size || at + size > reinterpret_cast<std::uintptr_t>(begin) + heap_size)
            return nullptr;
        auto* result = reinterpret_cast<char*>(at);
        reinterpret_cast<block*>(result)[-1] = {size, 0};
        next = result + ((size + 15) & ~std::size_t{15});
        return result;
    }
};

constinit heap the_heap;

// Where the code of the C library lies. What it allocates for itself, say the buffer of stdout,
// must outlive the execution.
struct code_range {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
};
constinit code_range c_library;

void find_c_library() {
    const auto inside = reinterpret_cast<std::uintptr_t>(real().exit);
    for_each_segment([&](const segment& s) {
        if (s.header.p_type == PT_LOAD && s.begin <= inside && inside < s.end)
            c_library = {s.begin, s.end};
    });
}

constinit bool initialising = false;  // the statics of a whole program

// Whether this call is one of the program under test.
bool is_programs(const void* from) {
    const auto caller = reinterpret_cast<std::uintptr_t>(from);
    return (in_program || initialising) && (caller < c_library.begin || caller >= c_library.end);
}

std::size_t size_of(void* p) { return static_cast<block*>(p)[-1].size; }

void* allocate(std::size_t size, std::size_t alignment = 16) {
    void* const result = the_heap.allocate(size, alignment);
    if (result == nullptr) errno = ENOMEM;
    return result;
}

void give_back(void* p, const void* from) {
    if (!the_heap.holds(p)) return __libc_free(p);
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
    if (the_heap.begin == nullptr) {
        // The same place in each process, if it can be had.
        void* const wish = reinterpret_cast<void*>(0x6000'0000'0000);
        void* const got = mmap(wish, heap_size, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (got == MAP_FAILED) give_up("no address space for the heap of the program");
        the_heap.begin = static_cast<char*>(got);
        find_c_library();
    }
    // What was never written is the same in each execution, too.
    char* const first = the_heap.begin + the_heap.kept;
    if (the_heap.next > first)
        std::memset(first, 0, static_cast<std::size_t>(the_heap.next - first));
    the_heap.next = first;
}

void initialise_program(bool begins) {
    if (begins)
        reset_heap();
    else
        the_heap.kept = static_cast<std::size_t>(the_heap.next - the_heap.begin);
    initialising = begins;
}

std::string_view heap_of_initialisers() { return {the_heap.begin, the_heap.kept}; }

}  // namespace explore

using namespace explore;

extern "C" {

void* malloc(std::size_t size) {
    return is_programs(CALLER) ? allocate(size) : __libc_malloc(size);
}

void free(void* p) {
    if (p != nullptr) give_back(p, CALLER);
}

void* calloc(std::size_t count, std::size_t size) {
    if (!is_programs(CALLER)) return __libc_calloc(count, size);
    std::size_t bytes = 0;
    void* const p = __builtin_mul_overflow(count, size, &bytes) ? nullptr : allocate(bytes);
    if (p != nullptr) std::memset(p, 0, bytes);
    return p;
}

void* realloc(void* old, std::size_t size) {
    const bool programs = is_programs(CALLER);
    if (!the_heap.holds(old) && !(old == nullptr && programs)) return __libc_realloc(old, size);
    void* const p = programs ? allocate(size) : __libc_malloc(size);
    if (p == nullptr || old == nullptr) return p;
    std::memcpy(p, old, size_of(old) < size ? size_of(old) : size);
    give_back(old, CALLER);
    return p;
}

void* memalign(std::size_t alignment, std::size_t size) {
    return is_programs(CALLER) ? allocate(size, alignment < 16 ? 16 : alignment)
                               : __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
    void* const p = memalign(alignment, size);
    if (p == nullptr) return ENOMEM;
    *result = p;
    return 0;
}

}  // extern "C"
