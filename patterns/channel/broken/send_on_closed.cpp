// channel.5  The side that receives closes, and a sender still sends   (CH7)
// Breaks:  I6, the side that sends closes, once, after its last send
// Seen in: grpc-go#1687; knative/serving#5865; alitto/pond#27
// Expect:  plain=throws asan=throws tsan=throws leak=throws explore=throws@BUG
// Reading: The first line names the task that was still sending, the producer. It is not the one at
//          fault: ask who closed, and how that one could have known that the last value was sent.
//          A receiver who has had enough says so on a channel of its own, and the sender selects.

#include "common/channel.hpp"
#include "common/steps.hpp"
#include "common/task.hpp"

using namespace braid;

int main() {
    steps order;
    const auto requests = make_channel<int>(8);
    const task producer = go({.name = "producer"}, [&order, out = requests.out()] {
        out.send(1);
        order.at(1);
        order.at(4);
        out.send(2);
    });
    order.at(2);
    requests.receive();
    requests.close();  // BUG
    order.at(3);
}
