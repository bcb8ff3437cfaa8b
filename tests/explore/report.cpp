#include "tests/explore/report.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

namespace explore {
namespace {

bool is_plain(action a) { return a == action::read || a == action::write; }

std::string thread_name(std::uint64_t id) { return id == 0 ? "main" : "t" + std::to_string(id); }

// Small numbers as they are written in programs, others as addresses are.
std::string value_text(std::uint64_t value) {
    if (value < 1'000'000) return std::to_string(value);
    char hex[24];
    std::snprintf(hex, sizeof hex, "0x%lx", static_cast<unsigned long>(value));
    return hex;
}

std::string row_text(const event& e, const source_place& place) {
    std::string text = word(e.what);
    if (const char l = letter(e.what))
        text += ' ' + the_engine().describe(reinterpret_cast<const void*>(e.address), l);
    switch (e.what) {
        case action::load:
        case action::stale_load:
        case action::failed_compare:
        case action::futex_wait:
            text += " -> " + value_text(e.value);
            break;
        case action::store:
        case action::exchange:
        case action::add:
        case action::sub:
        case action::bit_and:
        case action::bit_or:
        case action::bit_xor:
        case action::bit_nand:
        case action::compare_exchange:
            text += " = " + value_text(e.value);
            break;
        case action::notify_one:
        case action::notify_all:
        case action::futex_wake:
            text += " (" + std::to_string(e.value) + " waiting)";
            break;
        case action::create:
        case action::join:
        case action::detach:
            text += ' ' + thread_name(e.value);
            break;
        case action::sleep:
            text += ' ' + std::to_string(e.value / 1000) + " us";
            break;
        default:
            break;
    }
    if (!place.file.empty()) text += "  " + place.text();
    return text;
}

// Plain accesses matter where one thread writes what another has used before. What one writes and
// others only read is no news.
class contended_memory {
public:
    explicit contended_memory(const std::vector<event>& trace) {
        for (const event& e : trace) {
            if (!is_plain(e.what)) continue;
            use& u = uses_[e.address];
            u.contended = u.contended || (e.what == action::write && !u.threads.empty() &&
                                          (u.threads.size() > 1 || !u.threads.contains(e.thread)));
            u.threads.insert(e.thread);
        }
    }
    bool holds(const event& e) const {
        const auto u = uses_.find(e.address);
        return u != uses_.end() && u->second.contended;
    }

private:
    struct use {
        std::set<int> threads;
        bool contended = false;
    };
    std::map<std::uintptr_t, use> uses_;
};

// Two reads in one expression and the like: one row says it.
bool same_row(const event& a, const event& b) {
    return a.what == b.what && a.thread == b.thread && a.address == b.address && is_plain(a.what);
}

constexpr std::size_t most_rows = 200;
constexpr std::size_t rows_of_a_livelock = 20;

}  // namespace

std::string report(execution& e, const std::string& replay, const std::string& own) {
    const std::vector<source_place> places = find_places(e.trace, own);
    finding& found = *e.found;
    if (e.found_event != 0 && e.found_event <= places.size())
        found.place = places[e.found_event - 1].text();

    const contended_memory contended(e.trace);
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i != e.trace.size(); ++i) {
        const event& here = e.trace[i];
        bool matters = true;
        if (is_plain(here.what)) matters = contended.holds(here) && !places[i].file.empty();
        if (here.what == action::free) matters = false;
        if (i + 1 == e.other_event) matters = true;
        if (!matters || (!rows.empty() && same_row(e.trace[rows.back()], here))) continue;
        rows.push_back(i);
    }
    const std::size_t most = found.kind == "livelock" ? rows_of_a_livelock : most_rows;
    const std::size_t left_out = rows.size() > most ? rows.size() - most : 0;
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(left_out));

    std::map<int, std::size_t> widths;
    std::vector<std::string> texts;
    for (const std::size_t i : rows) {
        texts.push_back(row_text(e.trace[i], places[i]));
        std::size_t& width = widths[e.trace[i].thread];
        width = std::max({width, texts.back().size(), std::size_t{4}});
    }

    std::string text =
        found.kind + " in " + found.thread + " at " + found.place + "\n  " + found.text + "\n";
    if (e.other_event != 0 && e.other_event <= places.size())
        text += "  the other access: " + thread_name(e.trace[e.other_event - 1].thread) + " at " +
                places[e.other_event - 1].text() + "\n";
    text += '\n';
    const auto cell = [](std::string what, std::size_t width) {
        what.resize(std::max(width, what.size()), ' ');
        return "| " + what + ' ';
    };
    for (const auto& [thread, width] : widths)
        text += cell(thread_name(static_cast<std::uint64_t>(thread)), width);
    while (text.back() == ' ') text.pop_back();
    text += '\n';
    if (left_out != 0) text += "... " + std::to_string(left_out) + " rows before\n";
    int last = -1;
    for (std::size_t row = 0; row != rows.size(); ++row) {
        const event& here = e.trace[rows[row]];
        if (last != -1 && last != here.thread)
            text += "-- switch to " + thread_name(here.thread) + '\n';
        last = here.thread;
        for (const auto& [thread, width] : widths)
            text += cell(thread == here.thread ? texts[row] : "", width);
        while (text.back() == ' ') text.pop_back();
        text += '\n';
    }
    text += "\nreplay: {.by = explore::search::replay, .decisions = \"" + replay + "\"}\n";
    return text;
}

}  // namespace explore
