#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/runtime/registry.hpp"

// What the runtime tells those who report, and what the reports share.
namespace braid::reports {

inline std::string to_string(place p) { return std::string(p.file) + ":" + std::to_string(p.line); }

// " at x.cpp:3"; empty if the place says nothing to the reader: it is unknown, or in the standard
// library, as where std::scoped_lock locks a mutex.
inline std::string at(place p) {
    const bool useful =
        p.line != 0 && std::string_view(p.file).find("/c++/") == std::string_view::npos;
    return useful ? " at " + to_string(p) : "";
}
std::string seconds(std::chrono::nanoseconds d);  // "0.43 s"
std::string starter(std::uint64_t parent);        // "#3", "the clock"

#if BRAID_LIFECYCLE

// At the first use of Braid: reads BRAID_LOG, BRAID_TRACE and BRAID_LEAKS, and takes SIGQUIT over
// unless the program has a handler of its own.
void arm();

// The events, each told with the book open.
void note_start(const registry::record& r);
void note_end(const registry::record& r);
void note_wait(const registry::record& r);  // a wait is over
void open_log();
void close_log();  // at the end of the process

// Writes the deadlock report and ends the process with status 2 if all tasks are asleep and
// nothing can wake them. True if that may still turn out so: the caller is to ask again.
bool look_for_deadlock();

// How many tasks and threads are not asleep, those that are about to end included.
int running();

// Writes the table of tasks and ends the process with status 2, as Go does on SIGQUIT.
[[noreturn]] void die_with_table();

#else

inline bool look_for_deadlock() { return false; }
inline int running() { return 1; }
inline void die_with_table() {}

#endif

}  // namespace braid::reports
