#pragma once

#include <optional>
#include <string>
#include <string_view>

// The tools and verdicts that a header may name, and their spelling.

namespace braid::harness {

enum class tool { plain, asan, tsan, leak, explore };

enum class verdict {
    ok,
    data_race,
    lock_order,
    use_after_free,
    deadlock,
    leak,
    wrong_result,
    throws,
    aborts,
    hang,
};

std::string_view to_string(tool);
std::string_view to_string(verdict);

std::optional<tool> find_tool(std::string_view name);
std::optional<verdict> find_verdict(std::string_view name);

// All of them, for messages.
std::string tool_names();
std::string verdict_names();

}  // namespace braid::harness
