#pragma once

#include "common/channel.hpp"

namespace braid_test {

// The simplest cancellation: common/ knows no context, and anything with a done() will do.
class stopper {
public:
    const braid::receiver<braid::unit>& done() const { return done_; }
    void stop() const { closer_.close(); }

private:
    braid::channel<braid::unit> closer_ = braid::make_channel<braid::unit>();
    braid::receiver<braid::unit> done_ = closer_;
};

}  // namespace braid_test
