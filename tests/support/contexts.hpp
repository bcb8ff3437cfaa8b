#pragma once

#include "common/lifecycle.hpp"
#include "patterns/context/context.hpp"

namespace braid_test {

inline bool is_closed(const braid::receiver<braid::unit>& done) {
    return done.try_receive().status == braid::receive_status::closed;
}

// How many children and functions the context tells when it ends.
inline std::size_t listeners(const braid::context& ctx) {
    return ctx.node()->canceler()->listeners();
}

inline void until_parked(const braid::task& t) {
    while (!braid::lifecycle::parked(t)) braid::this_task::yield();
}

}  // namespace braid_test
