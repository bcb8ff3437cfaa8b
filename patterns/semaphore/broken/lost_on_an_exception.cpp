// semaphore.1  A permit lost on an exception                           (SE1)
// Breaks:  I4, who acquires releases the same number, once, on every way out
// Seen in: AutoMQ/automq#2382, apache/pulsar#13812, typelevel/cats-effect#403
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: The cycle has one link: main waits for a permit, and main holds them. It does not know:
//          the exception went past the release, and was dealt with. All went well until as many
//          files had failed as there are permits, which may take a month. No tool sees a permit
//          that is lost, only the wait that does not end. hold gives it back on every way out.

#include <cstdio>
#include <stdexcept>
#include <string_view>

#include "patterns/semaphore/semaphore.hpp"

using namespace braid;

semaphore slots(2);

int parse(std::string_view text) {
    if (text.empty()) throw std::runtime_error("empty file");
    return static_cast<int>(text.size());
}

int load(std::string_view text) {
    slots.acquire();  // BUG
    const int size = parse(text);
    slots.release();
    return size;
}

int main() {
    for (const std::string_view text : {"one", "", "three", "", "five"}) {
        try {
            std::printf("%d\n", load(text));
        } catch (const std::runtime_error& e) {
            std::puts(e.what());
        }
    }
}
