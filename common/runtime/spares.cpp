#include "common/runtime/spares.hpp"

#include <new>

#include "common/runtime/worker.hpp"

namespace braid::runtime {

namespace {

constexpr bool pooled = !BRAID_TSAN && !BRAID_ASAN;

constinit depot<fiber> all_fibers;
constinit depot<spare_stack> all_stacks;
constinit std::array<depot<spare_block>, block_sizes> all_blocks;

std::size_t kind_of(std::size_t size) noexcept { return (size - 1) / block_unit; }

}  // namespace

spares::spares() noexcept
    : fibers(all_fibers),
      stacks(all_stacks),
      blocks{magazines(all_blocks[0]), magazines(all_blocks[1]), magazines(all_blocks[2]),
             magazines(all_blocks[3]), magazines(all_blocks[4])} {}

constinit lock spares::outsiders_lock;
spares& spares::outsiders() noexcept {
    static auto& all = *new spares;
    return all;
}

spares* spares::of_worker() noexcept {
    worker* const w = worker::current();
    return w != nullptr ? &w->spare : nullptr;
}

void* take_block(std::size_t size) {
    const std::size_t kind = kind_of(size);
    if (!pooled || kind >= block_sizes) return ::operator new(size);
    if (spare_block* const b = spares::use([&](spares& s) { return s.blocks[kind].take(); }))
        return b;
    return ::operator new((kind + 1) * block_unit);
}

void give_block(void* block, std::size_t size) noexcept {
    const std::size_t kind = kind_of(size);
    if (!pooled || kind >= block_sizes) return ::operator delete(block);
    spares::use([&](spares& s) { s.blocks[kind].give(*::new (block) spare_block); });
}

}  // namespace braid::runtime
