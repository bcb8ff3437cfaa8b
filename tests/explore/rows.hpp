#pragma once

#include <string>
#include <vector>

#include "tests/explore/engine.hpp"

namespace explore {

// One row of the table: what stands in the column of its thread.
struct row {
    int column;
    int thread;  // its serial number
    std::string text;
};

// One row for each event that matters, with its value and place. `places` are those of the events.
std::vector<row> rows_of_events(const execution& e, const std::vector<source_place>& places);

// One row for each line of the program's own that a thread comes to, as it stands in the source,
// and what happens there. What happens in calls of other code is not told.
std::vector<row> rows_of_lines(const execution& e, const std::vector<source_place>& places);

std::string thread_name(std::uint64_t serial);

// The line as it stands in its file, without what surrounds it; empty if it cannot be read.
std::string source_line(const source_place& place);

}  // namespace explore
