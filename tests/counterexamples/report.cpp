#include "report.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace braid::harness {

namespace {

constexpr auto npos = std::string::npos;

// How a report begins. What follows the text on its line is the report's name, unless `name` has it
// already.
struct banner {
    std::optional<tool> by;  // nothing: under every tool
    std::string_view text;
    std::string_view name;
    int exit_status;
};

constexpr std::array<banner, 8> banners{{
    {tool::explore, "explore: ", "", 66},
    {tool::tsan, "ThreadSanitizer: ", "", 66},
    {tool::asan, "AddressSanitizer: ", "", 1},
    {tool::asan, "LeakSanitizer: ", "", 1},  // 23 where it stands alone; with ASan, ASan's 1
    {tool::asan, "runtime error: ", "", 0},  // UBSan goes on
    {std::nullopt, "all tasks are asleep - deadlock!", "deadlock", 2},
    {std::nullopt, "tasks leaked", "leak", 23},
    {std::nullopt, "task leaked", "leak", 23},
}};

// Names are matched by their beginning: "data race on vptr (ctor/dtor vs virtual call)" is a race.
struct meaning {
    std::string_view name;
    verdict means;
};

constexpr std::array<meaning, 20> meanings{{
    {"data race", verdict::data_race},
    {"data-race", verdict::data_race},
    {"use-after-free", verdict::use_after_free},
    {"double-free", verdict::use_after_free},
    {"use-after-scope", verdict::use_after_free},
    {"leaked-thread", verdict::leak},
    {"livelock", verdict::hang},
    {"wrong-result", verdict::wrong_result},
    {"uncaught-exception", verdict::throws},
    {"failed-assertion", verdict::aborts},
    {"misuse", verdict::aborts},
    {"lock-order-inversion", verdict::lock_order},
    {"heap-use-after-free", verdict::use_after_free},
    {"stack-use-after-scope", verdict::use_after_free},
    {"stack-use-after-return", verdict::use_after_free},
    {"use-after-poison", verdict::use_after_free},
    {"attempting double-free", verdict::use_after_free},
    {"detected memory leaks", verdict::leak},
    {"deadlock", verdict::deadlock},
    {"leak", verdict::leak},
}};

// The name ends where the details of this run begin.
std::string name_in(std::string_view rest) {
    for (std::string_view detail :
         {"\n", " (pid=", " on address", " on unknown", " in thread", " in main at ", " in t"}) {
        rest = rest.substr(0, rest.find(detail));
    }
    return std::string(rest);
}

std::string text_of(const banner& how, const std::string& output, std::size_t at) {
    const auto line_start = output.rfind('\n', at) == npos ? 0 : output.rfind('\n', at) + 1;
    auto end = npos;
    if (how.by == tool::explore) {  // what follows says how it was found
        end = output.find(", fingerprint ", at);
        if (end != npos) end = output.find('\n', end);
    } else if (how.by) {  // the tools close with a summary, Braid's reports with the program
        end = output.find("\nSUMMARY: ", at);
        if (end != npos) end = output.find('\n', end + 1);
    }
    return output.substr(line_start, end == npos ? npos : end - line_start);
}

bool tells_an_origin(std::string_view heading) {
    return heading.find(" created ") != npos || heading.find("allocated by ") != npos;
}

std::string evidence_in(const std::string& text) {
    std::string evidence;
    bool origin = false;
    for (const std::string& line : split_lines(text)) {
        if (!line.empty() && !is_frame(line)) origin = tells_an_origin(line);
        if (!origin) evidence += line + "\n";
    }
    return evidence;
}

// Of a race and of a use after free: the two accesses. Otherwise every row of the table, and that
// begins with the number of its line in the file of the finding.
std::string evidence_of_explorer(const std::string& text, verdict means) {
    const std::string head = text.substr(0, text.find("\n\n")) + "\n";
    if (means == verdict::data_race || means == verdict::use_after_free) return head;
    const std::string first = head.substr(0, head.find('\n'));
    const auto at = first.rfind(" at ");
    const std::string file = at == npos ? "" : first.substr(at + 4, first.rfind(':') - at - 4);
    std::string evidence = text + "\n";
    for (const std::string& line : split_lines(text)) {
        if (!line.starts_with("|")) continue;
        const auto number = line.find_first_not_of("| ");
        if (number == npos) continue;
        const auto end = line.find_first_not_of("0123456789", number);
        if (end != number) evidence += file + ":" + line.substr(number, end - number) + "\n";
    }
    return evidence;
}

}  // namespace

std::optional<report> find_report(tool running, const std::string& output) {
    const banner* first = nullptr;
    auto first_at = npos;
    for (const banner& candidate : banners) {
        if (candidate.by && candidate.by != running) continue;
        if (const auto at = output.find(candidate.text); at < first_at) {
            first = &candidate;
            first_at = at;
        }
    }
    if (first == nullptr) return std::nullopt;
    report found;
    found.name = first->name;
    if (found.name.empty()) {
        found.name = name_in(std::string_view(output).substr(first_at + first->text.size()));
    }
    for (const meaning& known : meanings) {
        if (found.name.starts_with(known.name)) found.means = known.means;
    }
    if (first->text.starts_with("runtime error")) {
        found.name = "undefined behaviour: " + found.name;
        found.means.reset();
    }
    found.exit_status = first->exit_status;
    found.text = text_of(*first, output, first_at);
    if (running == tool::explore && found.means)
        found.evidence = evidence_of_explorer(found.text, *found.means);
    else
        found.evidence = first->by ? evidence_in(found.text) : found.text;
    return found;
}

bool names_place(std::string_view text, std::string_view place) {
    for (auto at = text.find(place); at != npos; at = text.find(place, at + 1)) {
        const bool whole_name =
            at == 0 || !(std::isalnum(static_cast<unsigned char>(text[at - 1])) ||
                         text[at - 1] == '_' || text[at - 1] == '-');
        const auto after = at + place.size();
        const bool whole_number =
            after == text.size() || !std::isdigit(static_cast<unsigned char>(text[after]));
        if (whole_name && whole_number) return true;
    }
    return false;
}

std::string lines_named(std::string_view text, std::string_view file) {
    const std::string prefix = std::string(file) + ":";
    std::set<int> lines;
    for (auto at = text.find(prefix); at != npos; at = text.find(prefix, at + 1)) {
        int line = 0;
        for (auto i = at + prefix.size();
             i < text.size() && line < 100000 && std::isdigit(static_cast<unsigned char>(text[i]));
             ++i) {
            line = 10 * line + (text[i] - '0');
        }
        if (names_place(text.substr(at > 0 ? at - 1 : 0), prefix + std::to_string(line))) {
            lines.insert(line);
        }
    }
    std::string list;
    for (int line : lines) list += (list.empty() ? "" : ", ") + std::to_string(line);
    return list;
}

bool is_frame(std::string_view line) {
    const auto first = line.find_first_not_of(' ');
    return first != npos && first > 0 && line[first] == '#';
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace braid::harness
