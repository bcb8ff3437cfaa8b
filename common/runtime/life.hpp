#pragma once

#include "common/runtime/parker.hpp"
#include "common/runtime/runtime.hpp"

// What a task's life has in common on both runtimes.
namespace braid::runtime {

// A task that is to be started, and is registered already.
struct birth {
    std::shared_ptr<job> work;
    std::size_t stack_size;
    std::uint64_t id;
    registry::record* record;
};

// A task's life from its beginning to its end, on its own stack. Lets go of `work` last of all;
// afterwards the parker can be used for another task.
void live(std::shared_ptr<job>& work, parker& self) noexcept;

}  // namespace braid::runtime
