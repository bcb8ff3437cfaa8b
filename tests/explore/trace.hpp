#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/explore/thread.hpp"

namespace explore {

enum class action : std::uint8_t {
    read,
    write,
    load,
    stale_load,
    store,
    exchange,
    add,
    sub,
    bit_and,
    bit_or,
    bit_xor,
    bit_nand,
    compare_exchange,
    failed_compare,
    fence,
    lock,
    try_lock,
    failed_try_lock,
    lock_timeout,
    unlock,
    read_lock,
    failed_try_read_lock,
    read_unlock,
    condition_wait,
    condition_wake,
    condition_timeout,
    notify_one,
    notify_all,
    futex_wait,
    futex_no_wait,
    futex_wake,
    futex_woken,
    futex_timeout,
    create,
    begin,
    join,
    detach,
    end,
    yield,
    sleep,
    clock,
    once,
    static_init,
    free,
    blocked,
    finding,
};

const char* word(action a);
// What kind of object an action is about, as a letter for its name; 0: none.
char letter(action a);

// One row of the report. Kept only while an execution is replayed for it.
struct event {
    action what;
    int column;  // the thread's id
    int thread;  // its serial number
    std::uintptr_t address;
    std::uint64_t value;
    std::array<std::uintptr_t, stack_frames> stack;  // return addresses, innermost first; 0: none
};

// A line of source: no header of a library, no part of the explorer.
struct source_place {
    std::string path;
    std::string file;  // the same without its directory
    int line = 0;
    bool own = false;      // in a file of the program's own
    bool through = false;  // and what happened there, happened in a call of other code
    std::string text() const { return file.empty() ? "?" : file + ":" + std::to_string(line); }
};

// The innermost place of each stack that is in a file of the program's own: one whose path has
// `own` in it. Where there is none, or `own` is empty: one that is not in a header of a library.
std::vector<source_place> find_places(const std::vector<event>& events, const std::string& own);

}  // namespace explore
