// pool.2  An object is used after it was put back, by one task         (PO2)
// Breaks:  I2, who has put an object back does not touch it again
// Seen in: go-syncstorage#148; alibaba/sentinel-golang#144
// Expect:  plain=wrong-result asan=use-after-free@BUG tsan=wrong-result leak=wrong-result
//          explore=wrong-result@BUG
// Reading: "use-after-poison" is AddressSanitizer's word for memory that its owner has declared out
//          of bounds, as the pool does with what is in it. The stack is the use; the put is a few
//          lines above. Without that poison nobody sees anything: the memory is not freed, and for
//          ThreadSanitizer there is one thread. The damage shows far away, in the next loan.

#include <cstdio>

#include "patterns/pool/pool.hpp"

using namespace braid;

struct message {
    int author = 0;
};

int main() {
    pool<message> messages([] { return message(); }, [](message& m) { m.author = 0; });
    auto mine = messages.get();
    int& author = mine->author;
    messages.put(std::move(mine));
    author = 1;  // BUG

    const auto next = messages.loan();
    if (next->author == 0) return 0;
    std::printf("wrong result: a message that was just lent has the author %d\n", next->author);
    return 1;
}
