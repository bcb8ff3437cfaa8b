#pragma once

#include <sys/types.h>

#include <chrono>

// Whether a child still does anything, judged from outside by /proc.

namespace braid::harness {

struct activity {
    long cpu_ticks = 0;  // CPU used by the whole process group, in clock ticks
    int threads = 0;     // of the leader; its helpers (a symbolizer) are not counted
    bool asleep = true;  // no thread of the group runs, wants to run, or waits for a disk
};

// The whole group is looked at: while a sanitizer prints a report, the child itself sleeps and its
// symbolizer works.
activity observe_group(pid_t group);

// Says since when a group has been idle. Feed it one observation after the other.
//
// One clock tick is forgiven: ThreadSanitizer's background thread wakes up ten times a second in a
// program that has hung (3 ms of CPU in 5 s, measured).
class idle_watch {
public:
    using clock = std::chrono::steady_clock;

    explicit idle_watch(clock::time_point now) : since_(now) {}

    clock::duration idle_for(const activity& seen, clock::time_point now) {
        if (!seen.asleep || seen.cpu_ticks > ticks_ + 1) {
            ticks_ = seen.cpu_ticks;
            since_ = now;
        }
        return now - since_;
    }

private:
    long ticks_ = 0;
    clock::time_point since_;
};

}  // namespace braid::harness
