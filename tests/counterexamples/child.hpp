#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

// Runs one program that is allowed to misbehave.

namespace braid::harness {

struct child_limits {
    std::chrono::milliseconds idle{1500};    // all threads asleep for so long: hung
    std::chrono::milliseconds total{20000};  // hung whatever it does
    std::size_t output = 1 << 20;            // bytes kept; what comes later is read and dropped
};

struct child_settings {
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment;  // set in the child; empty value: removed
    bool fixed_addresses = false;                    // as `setarch -R`
    child_limits limits;
};

struct child_result {
    int exit_status = -1;  // -1 when it did not exit by itself
    int signal = 0;        // the signal that ended it, 0 for none
    std::string hang;      // why the watchdog killed it, empty when it did not
    std::string output;    // standard output and standard error, in the order written

    std::string how_it_ended() const;  // "exit status 66", "signal 11 (Segmentation fault)", hang
};

// Returns when the program has ended or was killed, within `limits.total` and a little. It runs in
// a process group of its own, which is gone when this returns; it also dies if the harness does.
// Its standard input is empty and it leaves no core file. Call it from one thread only.
child_result run_child(const std::filesystem::path& program, const child_settings&);

}  // namespace braid::harness
