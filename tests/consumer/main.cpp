// Counts the bytes of some words by a pipeline: uses the core, several patterns, and code of the
// library that is not in headers.
#include <cstdio>
#include <string>

#include "common/select.hpp"
#include "patterns/fan_out_fan_in/fan_out_fan_in.hpp"

int main() {
    using namespace std::chrono_literals;
    const auto ctx = braid::with_timeout(braid::background(), 1h);
    braid::error_group group(ctx);
    const auto words =
        braid::source<std::string>(group, [](const braid::context& mine, const auto& out) {
            for (const char* word : {"share", "by", "communicating"})
                if (!out.send(mine, word)) return;
        });
    const auto lengths =
        braid::fan_out(group, words, 2, [](const std::string& word) { return word.size(); });
    std::size_t sum = 0;
    for (const std::size_t n : lengths) sum += n;
    group.wait();
    std::printf("%zu bytes\n", sum);
    return sum == 20 ? 0 : 1;
}
