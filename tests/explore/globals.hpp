#pragma once

#include <cstddef>
#include <vector>

#include "tests/explore/engine.hpp"

namespace explore {

// The globals of this program, and what it had allocated before there were executions: what an
// execution has left in them is undone before the next.
//
// Those of shared libraries are not; nor is other memory that globals point to.
class globals {
public:
    globals();  // as they are now
    ~globals();
    globals(const globals&) = delete;
    globals& operator=(const globals&) = delete;

    void restore() const;

    // After a fault at that address: whether it was a write that may go on now.
    static bool let_write(const void* address);

private:
    std::vector<char> saved_;

    // Memory cannot be written to until somebody does. Few do, and few pages are to be restored.
    const memory_range before_ = memory_from_before();
    std::vector<char> saved_before_;
    std::vector<std::size_t> written_;  // offsets of pages
};

}  // namespace explore
