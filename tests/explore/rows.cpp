// From events to rows of text: which of them matter, and how each is told.
#include "tests/explore/rows.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

namespace explore {
namespace {

bool is_plain(action a) { return a == action::read || a == action::write; }

// Small numbers as they are written in programs, others as addresses are.
std::string value_text(std::uint64_t value) {
    constexpr std::uint64_t small = 1'000'000;
    constexpr std::uint64_t end_of_32_bits = std::uint64_t{1} << 32;
    if (value < small) return std::to_string(value);
    for (const std::uint64_t negated : {-value, end_of_32_bits - value})
        if (negated < small) return '-' + std::to_string(negated);
    char hex[24];
    std::snprintf(hex, sizeof hex, "0x%lx", static_cast<unsigned long>(value));
    return hex;
}

std::string event_text(const event& e) {
    std::string text = word(e.what);
    if (const char l = letter(e.what))
        text += ' ' + the_engine().describe(reinterpret_cast<const void*>(e.address), l);
    switch (e.what) {
        case action::load:
        case action::stale_load:
        case action::failed_compare:
        case action::futex_wait:
            return text + " -> " + value_text(e.value);
        case action::store:
        case action::exchange:
        case action::add:
        case action::sub:
        case action::bit_and:
        case action::bit_or:
        case action::bit_xor:
        case action::bit_nand:
        case action::compare_exchange:
            return text + " = " + value_text(e.value);
        case action::notify_one:
        case action::notify_all:
        case action::futex_wake:
            return text + " (" + std::to_string(e.value) + " waiting)";
        case action::create:
        case action::join:
        case action::detach:
            return text + ' ' + thread_name(e.value);
        case action::sleep:
            return text + ' ' + std::to_string(e.value / 1000) + " us";
        default:
            return text;
    }
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

std::string shortened(const std::string& text) {
    constexpr std::size_t most = 56;
    return text.size() <= most ? text : text.substr(0, most - 3) + "...";
}

// What is told of an event in a call of other code: only what concerns the schedule.
bool tells_of_schedule(action a) {
    return a == action::create || a == action::join || a == action::stale_load ||
           a == action::blocked || a == action::finding;
}

// A line of source, and what has happened there so far.
class line_row {
public:
    line_row(const event& first, int line, std::string text)
        : row_{first.column, first.thread, std::move(text)}, line_(line) {}

    bool is_at(int thread, int line) const { return thread == row_.thread && line == line_; }

    void add(const std::string& what) {
        constexpr std::size_t most = 4;
        if (std::find(told_.begin(), told_.end(), what) != told_.end()) return;
        told_.push_back(what);
        if (told_.size() <= most) row_.text += (told_.size() == 1 ? "  : " : ", ") + what;
        if (told_.size() == most + 1) row_.text += ", ...";
    }

    const row& get() const { return row_; }

private:
    row row_;
    int line_;
    std::vector<std::string> told_;
};

}  // namespace

std::string thread_name(std::uint64_t serial) {
    return serial == 0 ? "main" : "t" + std::to_string(serial);
}

std::string source_line(const source_place& place) {
    std::ifstream in(place.path);
    std::string text;
    for (int i = 0; i != place.line; ++i)
        if (!std::getline(in, text)) return {};
    text.erase(0, std::min(text.find_first_not_of(" \t"), text.size()));
    if (const auto comment = text.find("  //"); comment != std::string::npos) text.resize(comment);
    return text;
}

std::vector<row> rows_of_events(const execution& e, const std::vector<source_place>& places) {
    const contended_memory contended(e.trace);
    std::vector<row> rows;
    const event* last = nullptr;
    for (std::size_t i = 0; i != e.trace.size(); ++i) {
        const event& here = e.trace[i];
        bool matters = here.what != action::free;
        if (is_plain(here.what)) matters = contended.holds(here) && !places[i].file.empty();
        if (i + 1 == e.other_event) matters = true;
        if (!matters || (last != nullptr && same_row(*last, here))) continue;
        std::string text = event_text(here);
        if (!places[i].file.empty()) text += "  " + places[i].text();
        rows.push_back({here.column, here.thread, std::move(text)});
        last = &here;
    }
    return rows;
}

std::vector<row> rows_of_lines(const execution& e, const std::vector<source_place>& places) {
    const contended_memory contended(e.trace);
    std::set<std::string> files;
    for (const source_place& p : places)
        if (p.own) files.insert(p.path);
    std::vector<line_row> rows;
    for (std::size_t i = 0; i != e.trace.size(); ++i) {
        const event& here = e.trace[i];
        const source_place& place = places[i];
        if (!place.own) {
            if (here.what == action::begin || here.what == action::end)
                rows.emplace_back(here, 0, event_text(here));
            continue;
        }
        if (rows.empty() || !rows.back().is_at(here.thread, place.line)) {
            const std::string source = source_line(place);
            if (source.empty()) continue;  // the compiler may give code of a header to the file
            const std::string at = files.size() == 1 ? std::to_string(place.line) : place.text();
            rows.emplace_back(here, place.line, at + "  " + shortened(source));
        }
        const bool told = place.through ? tells_of_schedule(here.what)
                                        : !is_plain(here.what) || contended.holds(here);
        if ((told && here.what != action::free) || i + 1 == e.other_event)
            rows.back().add(event_text(here));
    }
    std::vector<row> finished;
    for (const line_row& r : rows) finished.push_back(r.get());
    return finished;
}

}  // namespace explore
