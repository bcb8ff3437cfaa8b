#pragma once

namespace braid {

// A place in the source: where a task was started, where it blocks, where a channel was made.
//
// Our own type, because clang 14 with libstdc++ 12 has no std::source_location. Used as a last
// parameter with the default `place::here()`, which then names the line of the caller.
struct place {
    const char* file = "";
    unsigned line = 0;

    static constexpr place here(const char* file = __builtin_FILE(),
                                unsigned line = __builtin_LINE()) noexcept {
        return {file, line};
    }
};

}  // namespace braid
