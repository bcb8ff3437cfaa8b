#pragma once

// A task that overflows its stack touches the guard page below it, and the process dies. This lets
// it say before why, and what to do.
namespace braid::runtime {

// For the calling worker: the signal needs a stack of its own.
void watch_for_overflow();

}  // namespace braid::runtime
