#pragma once

#include <vector>

namespace explore {

// The globals of this program, and the memory that its static initialisers have allocated: what an
// execution has left in them is undone before the next.
//
// The globals of shared libraries are not; nor is, where check() is called by a test, memory from
// outside of the executions.
class globals {
public:
    globals();  // as they are now
    void restore() const;

private:
    std::vector<char> saved_;
    std::vector<char> heap_;
};

}  // namespace explore
