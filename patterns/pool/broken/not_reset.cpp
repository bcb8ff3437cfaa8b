// pool.4  An object is not reset                                       (PO3)
// Breaks:  I3, nothing of the last user is left in an object that is handed out
// Seen in: go-bond#145; Jetty, CVE-2026-5795 (a thread-local of the last request)
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result
// Reading: No tool has anything to report: each request has one owner at a time, and all of it is
//          initialised memory, only by the request before. It takes a test that goes through the
//          pool twice, with less in the second than in the first.

#include <cstdio>
#include <string>

#include "patterns/pool/pool.hpp"

using namespace braid;

struct request {
    std::string path;
    bool is_admin = false;
};

pool<request> requests;  // BUG

int handle(const std::string& path, const std::string& token) {
    const auto r = requests.loan();
    r->path = path;
    if (token == "secret") r->is_admin = true;
    return r->path == "/admin" && !r->is_admin ? 403 : 200;
}

int main() {
    handle("/admin", "secret");
    const int status = handle("/admin", "");
    if (status == 403) return 0;
    std::printf("wrong result: without a token the status is %d, and not 403\n", status);
    return 1;
}
