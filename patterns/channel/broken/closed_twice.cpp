// channel.6  Two tasks find the channel open, and both close it        (CH8)
// Breaks:  I6, the side that sends closes, once
// Seen in: docker#24007 (which looked first, just so); istio#8967
// Expect:  plain=throws asan=throws tsan=throws leak=throws explore=throws@BUG
// Reading: "close of closed channel" comes from whoever was second. Look and act are two steps, and
//          both tasks look before either acts. All of it is under the channel's own lock, so there
//          is no data race to report. Give the close one owner, or put it in a once.

#include "common/channel.hpp"
#include "common/steps.hpp"
#include "common/task.hpp"

using namespace braid;

int main() {
    steps order;
    const auto stop = make_channel<unit>();
    const auto request_stop = [&](int looks, int acts) {
        order.at(looks);
        const bool open = stop.try_receive().status != receive_status::closed;
        order.at(acts);
        if (open) stop.close();  // BUG
    };
    const task first = go({.name = "first"}, [&] { request_stop(1, 3); });
    const task second = go({.name = "second"}, [&] { request_stop(2, 4); });
}
