#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "common/runtime/magazines.hpp"
#include "common/runtime/sanitizers.hpp"

// What tasks leave behind for later ones: fibers, stacks, and small blocks of memory.
namespace braid::runtime {

struct fiber;

// At the top of a stack that is not used.
struct spare_stack : spare<spare_stack> {};

// A block of 64, 128, 192, 256 or 320 bytes.
struct spare_block : spare<spare_block> {};
inline constexpr std::size_t block_unit = 64, block_sizes = 5;

struct spares {
    spares() noexcept;

    magazines<fiber> fibers;
    magazines<spare_stack> stacks;
    std::array<magazines<spare_block>, block_sizes> blocks;

    // f(spares): those of the calling worker, or, with a lock held, those of all other threads.
    template <class F>
    static auto use(F f) noexcept {
        if (spares* const own = of_worker()) return f(*own);
        locked hold(outsiders_lock);
        return f(outsiders());
    }

private:
    static spares* of_worker() noexcept;  // null on other threads
    static lock outsiders_lock;
    static spares& outsiders() noexcept;
};

// Memory for what comes and goes with tasks. malloc's own lists are short: a thousand tasks that
// start before the first one ends would find them empty, and full when they end. Throws
// std::bad_alloc. Sanitizers are to see each block: they get it from `new`.
void* take_block(std::size_t size);
void give_block(void* block, std::size_t size) noexcept;

// For std::allocate_shared.
template <class T>
struct block_allocator {
    using value_type = T;

    block_allocator() noexcept = default;
    template <class U>
    block_allocator(const block_allocator<U>&) noexcept {}

    T* allocate(std::size_t n) { return static_cast<T*>(take_block(n * sizeof(T))); }
    void deallocate(T* p, std::size_t n) noexcept { give_block(p, n * sizeof(T)); }

    friend bool operator==(const block_allocator&, const block_allocator&) noexcept { return true; }
};

// std::make_shared, in such a block.
template <class T, class... Args>
std::shared_ptr<T> make_in_block(Args&&... args) {
    return std::allocate_shared<T>(block_allocator<T>(), std::forward<Args>(args)...);
}

}  // namespace braid::runtime
