#include "names.hpp"

#include <array>
#include <utility>

namespace braid::harness {

namespace {

constexpr std::array<std::pair<std::string_view, tool>, 5> tools{{
    {"plain", tool::plain},
    {"asan", tool::asan},
    {"tsan", tool::tsan},
    {"leak", tool::leak},
    {"explore", tool::explore},
}};

constexpr std::array<std::pair<std::string_view, verdict>, 10> verdicts{{
    {"ok", verdict::ok},
    {"data-race", verdict::data_race},
    {"lock-order", verdict::lock_order},
    {"use-after-free", verdict::use_after_free},
    {"deadlock", verdict::deadlock},
    {"leak", verdict::leak},
    {"wrong-result", verdict::wrong_result},
    {"throws", verdict::throws},
    {"aborts", verdict::aborts},
    {"hang", verdict::hang},
}};

template <class Table>
std::string list_of(const Table& table) {
    std::string list;
    for (const auto& [name, value] : table) list += (list.empty() ? "" : ", ") + std::string(name);
    return list;
}

template <class Value, class Table>
std::optional<Value> find(const Table& table, std::string_view name) {
    for (const auto& [known, value] : table) {
        if (known == name) return value;
    }
    return std::nullopt;
}

template <class Table, class Value>
std::string_view name_of(const Table& table, Value wanted) {
    for (const auto& [name, value] : table) {
        if (value == wanted) return name;
    }
    return "";
}

}  // namespace

std::string_view to_string(tool t) { return name_of(tools, t); }
std::string_view to_string(verdict v) { return name_of(verdicts, v); }

std::optional<tool> find_tool(std::string_view name) { return find<tool>(tools, name); }
std::optional<verdict> find_verdict(std::string_view name) { return find<verdict>(verdicts, name); }

std::string tool_names() { return list_of(tools); }
std::string verdict_names() { return list_of(verdicts); }

}  // namespace braid::harness
