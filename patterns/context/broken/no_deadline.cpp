// context.8  A call to a server that may not answer, without a deadline
// Breaks:  the golden rule: whoever calls what is not ours says how long it waits
// Seen in: google/safebrowsing#35, mozilla/crlite#168 (HTTP clients that wait without a limit)
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: The report shows who waits: the client for a reply that nobody will send, the server for
//          its next request. In a real program the other end is on another machine and there is no
//          report at all, only a client that never returns.

#include <cstdio>

#include "common/task.hpp"
#include "patterns/context/context.hpp"

using namespace braid;

struct request {
    int number;
    sender<int> reply;
};

int main() {
    const auto requests = make_channel<request>();
    const task server = go({.name = "server"}, [=] {
        for (const request& r : requests)
            if (r.number != 2) r.reply.send(r.number * r.number);  // that one is lost on its way
    });
    for (int number = 1; number <= 3; ++number) {
        const auto reply = make_channel<int>(1);
        requests.send({number, reply});
        if (const auto answer = reply.receive())  // BUG
            std::printf("%d: %d\n", number, *answer);
        else
            std::printf("%d: no answer\n", number);
    }
    requests.close();
}
