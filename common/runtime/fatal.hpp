#pragma once

#include <cstdio>
#include <cstdlib>

namespace braid::runtime {

// Misuse after which nothing can be trusted: ends the process by SIGABRT, as Go's fatal errors do
// not let a recover stop them.
[[noreturn]] inline void fatal(const char* what) noexcept {
    std::fprintf(stderr, "braid: fatal: %s\n", what);
    std::abort();
}

}  // namespace braid::runtime
