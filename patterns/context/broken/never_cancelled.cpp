// context.1  A request's context is never cancelled                    (CX1)
// Breaks:  I3, whoever makes a context that can be cancelled cancels it
// Seen in: cockroachdb/cockroach#149658 (a fifth of the heap), kubernetes/kubernetes#111773
// Expect:  plain=ok asan=ok tsan=ok leak=leak@BUG explore=ok
// Reading: No task is left, and no memory is lost: every context can be reached through the table,
//          which is why the sanitizers are content. The census counts what was made and never
//          cancelled, by the place where it was made. In a server that number grows with every
//          request; under a parent that can be cancelled, so does the parent's list.

#include <cstdio>
#include <map>

#include "patterns/context/after_func.hpp"

using namespace braid;

std::map<int, scoped_context> requests;  // by number, so that a client can cancel its own

int main() {
    for (int number = 0; number < 1000; ++number) {
        const auto added = requests.emplace(number, with_cancel(background()));  // BUG
        task answer = go(added.first->second, [](const context&) {});
        answer.join();
    }
    std::printf("1000 requests answered\n");
}
