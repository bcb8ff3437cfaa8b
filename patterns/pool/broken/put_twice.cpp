// pool.3  An object is put back twice                                  (PO1)
// Breaks:  I1, an object has one owner, who puts it back at most once
// Seen in: Jetty, CVE-2019-17638 (other clients' session cookies); sidorares/node-mysql2#1280
// Expect:  plain=wrong-result asan=wrong-result tsan=data-race leak=wrong-result explore=aborts
// Reading: The race is between two innocent tasks, each of which writes into what it has got from
//          the pool. They got the same. The report cannot name the put that is one too many, since
//          nothing raced there: list all the ways out of a response, and count the puts. The pool
//          ends the process at a put of what it has already; here somebody got it in between.

#include <cstdio>
#include <cstring>

#include "common/steps.hpp"
#include "common/task.hpp"
#include "patterns/pool/pool.hpp"

using namespace braid;

struct header {
    char session[16] = "";
};

pool<header> headers;

header* begin_response(const char* session) {
    header* const h = headers.get().release();  // a library in C carries it from here
    std::strcpy(h->session, session);
    return h;
}

void response_ended(void* user) { headers.put(pooled<header>(static_cast<header*>(user))); }

int main() {
    steps order;
    bool right = false;
    header* const failed = begin_response("too large");
    response_ended(failed);
    task alice = go({.name = "alice"}, [&] {
        header* const mine = begin_response("alice");
        order.at(1);
        order.at(6);
        right = std::strcmp(mine->session, "alice") == 0;
        response_ended(mine);
    });
    task bob = go({.name = "bob"}, [&] {
        order.at(4);
        begin_response("bob");  // and is under way until the end
        order.at(5);
    });
    order.at(2);
    response_ended(failed);  // BUG
    order.at(3);
    alice.join();
    bob.join();
    if (right) return 0;
    std::puts("wrong result: alice's response has the session of bob");
    return 1;
}
