#pragma once

#include <vector>

namespace explore {

// The globals of this program: what an execution has left in them is undone before the next.
//
// Those of shared libraries are not; nor is memory outside of the executions that globals point to.
class globals {
public:
    globals();  // as they are now
    void restore() const;

private:
    std::vector<char> saved_;
};

}  // namespace explore
