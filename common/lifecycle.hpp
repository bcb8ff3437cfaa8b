#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/task.hpp"

// Who runs, and who waits for what. Compiled in when BRAID_LIFECYCLE is 1 (debug, tsan and asan
// builds, and the tests); a release build has none of it.
//
// Without a line of code, by environment:
//   BRAID_LEAKS=1          at the end of main: tasks still alive and contexts never cancelled are
//                          listed, and an exit status of 0 becomes 23
//   BRAID_LOG=lifecycle    a line on stderr at each start and end of a task
//   BRAID_TRACE=file.json  a Chrome trace of tasks and their waits; opens in Perfetto
//   SIGQUIT (Ctrl-\)       prints the table of tasks and ends the process with status 2
// And always: when all tasks are asleep, the deadlock report and exit status 2 (G-6).
namespace braid::lifecycle {

inline constexpr bool enabled = BRAID_LIFECYCLE != 0;

// One task, or one thread that has used Braid, at the moment it was looked at.
struct task_info {
    std::uint64_t id = 0;
    std::uint64_t parent = 0;  // who started it; 0 for a thread
    bool is_task = false;
    std::string name;
    place started;

    bool waiting = false;
    std::string operation;  // "send", "receive", "select", "join", "sleep", ...
    place where;            // of that operation
    std::string on;         // "channel (capacity 2) made at x.cpp:3"
    std::chrono::nanoseconds waited{0};

    bool was_detached = false;
    place detached;
};

// All tasks and threads, oldest first. Empty when the registry is compiled out.
std::vector<task_info> tasks();

// As the reports print one: what it is, where it was started, what it waits for and since when.
std::string to_string(const task_info& t);

// What find_leaks leaves out, and how patient it is. The names are goleak's (GK-5..7).
struct leak_filter {
    // Leaves out what runs now, by identity: later tasks count even if they run the same code.
    static leak_filter ignore_current();
    leak_filter& ignore_name(std::string name);
    leak_filter& ignore_started_in(std::string file);  // by the end of the file's path
    leak_filter& max_retries(int n);

    std::function<bool(const task_info&)> ignore = [](const task_info&) { return false; };
    int retries = 20;
};

// The tasks, other than the calling one, that are still alive after up to `retries` looks with
// pauses that grow to 100 ms, 0.43 s in all by default (GK-2). Empty if there are none.
std::vector<task_info> find_leaks(const leak_filter& filter = {});

// The same as a text: "found unexpected tasks: ..." (GK-1), empty if there are none.
std::string leak_report(const leak_filter& filter = {});

// The text of the deadlock report as of now: every task, what it waits for, and the cycle if there
// is one.
std::string wait_report();

// Returns when every other task and thread is parked in Braid, as synctest's Wait (ST-3): what they
// could do without the caller, they have done. For tests, in place of sleeping.
// Memory ordering: none; the channels and locks under test must give it.
void settle();

// True if the task is parked now.
bool parked(const task& t);

}  // namespace braid::lifecycle
