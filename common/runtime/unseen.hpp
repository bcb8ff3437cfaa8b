#pragma once

#include "common/runtime/sanitizers.hpp"

// Bookkeeping that ThreadSanitizer must not see. The registry takes one lock at every start, wait
// and end of a task; if TSan saw that lock, it would order the tasks by it, and the races that the
// counterexamples are there to show would vanish.
#if BRAID_TSAN
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
void AnnotateIgnoreSyncBegin(const char* file, int line);
void AnnotateIgnoreSyncEnd(const char* file, int line);
}
#endif

namespace braid::runtime {

// While one of these lives, TSan ignores what this thread reads, writes and synchronises.
struct unseen {
#if BRAID_TSAN
    unseen() noexcept {
        AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
        AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
        AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
    }
    ~unseen() {
        AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
        AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
        AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    }
#else
    unseen() noexcept {}
#endif
    unseen(const unseen&) = delete;
    unseen& operator=(const unseen&) = delete;
};

}  // namespace braid::runtime
