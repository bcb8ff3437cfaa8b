// context.7  A context is kept in a struct
// Breaks:  the golden rule: a context is the first parameter of what works under it
// Seen in: "Contexts and structs" (Go blog, 2021), which tells why no method of a client can be
//          called under a deadline of its own when the client keeps the context
// Expect:  plain=wrong-result asan=wrong-result tsan=wrong-result leak=wrong-result
//          explore=wrong-result
// Reading: No tool sees it: a send under a context that is done is false, as it should be. Only it
//          is the context of the request that happened to make the store, and not of the one that
//          calls put. make lint finds the member.

#include <cstdio>
#include <optional>

#include "patterns/context/context.hpp"

using namespace braid;

class store {
public:
    explicit store(const context& ctx) : ctx_(ctx) {}
    bool put(int item) { return items_.send(ctx_, item); }

private:
    context ctx_;  // BUG
    channel<int> items_ = make_channel<int>(8);
};

std::optional<store> shared;  // made by the first request, used by all

bool answer(int number, const context& ctx) {
    if (!shared) shared.emplace(ctx);
    return shared->put(number);
}

int main() {
    for (int number = 1; number <= 3; ++number) {
        const auto request = with_cancel(background());  // cancelled when it is answered
        if (answer(number, request.get())) continue;
        std::printf("wrong result: request %d was cancelled by the end of another\n", number);
        return 1;
    }
}
