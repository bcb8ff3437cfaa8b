#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// Makes a report short enough to be read by someone who sees the first one of their life.

namespace braid::harness {

// Lines of the report without frames inside the tool, the standard library and Braid's own runtime,
// and without process ids, program counters and module offsets. A stack that had nothing else keeps
// the line "    ...". Paths inside `root` are given from there.
std::vector<std::string> trim_report(std::string_view report, const std::filesystem::path& root);

// The tree a broken program belongs to: the directory that holds patterns/. Empty when the path
// does not look like patterns/<p>/broken/<stem>.cpp.
std::filesystem::path tree_of(const std::filesystem::path& source);

}  // namespace braid::harness
