#include "tests/explore/report.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include "tests/explore/rows.hpp"

namespace explore {
namespace {

constexpr std::size_t most_rows = 200;
constexpr std::size_t rows_of_a_livelock = 20;

std::string name_of(int thread) { return thread_name(static_cast<std::uint64_t>(thread)); }

// Of a thread, and of those that have its number after it.
struct column {
    std::string first{};
    std::string last{};
    std::size_t width = 4;

    std::string title() const { return first == last ? first : first + " ... " + last; }
    void add(const row& r) {
        last = name_of(r.thread);
        if (first.empty()) first = last;
        width = std::max({width, r.text.size(), title().size()});
    }
};

// The last rows, in columns, and a line wherever the next row is another thread's.
std::string table(const std::vector<row>& all, std::size_t most) {
    const std::size_t left_out = all.size() > most ? all.size() - most : 0;
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(left_out);
    std::map<int, column> columns;
    for (auto r = begin; r != all.end(); ++r) columns[r->column].add(*r);

    std::string text;
    const auto add_row = [&](auto cell_of) {
        for (const auto& [number, c] : columns) {
            std::string cell = cell_of(number, c);
            cell.resize(c.width, ' ');
            text += "| " + cell + ' ';
        }
        while (text.back() == ' ') text.pop_back();
        text += '\n';
    };
    add_row([](int, const column& c) { return c.title(); });
    if (left_out != 0) text += "... " + std::to_string(left_out) + " rows before\n";
    for (auto r = begin; r != all.end(); ++r) {
        if (r != begin && std::prev(r)->thread != r->thread)
            text += "-- switch to " + name_of(r->thread) + '\n';
        add_row([&](int number, const column&) { return number == r->column ? r->text : ""; });
    }
    return text;
}

bool is_own(const source_place& place) { return place.own && !source_line(place).empty(); }

// Where the stack says nothing of the program, say after its main function: the last place before
// that of the same thread, else of any.
std::string place_of(const execution& e, const std::vector<source_place>& places) {
    const std::size_t end = std::min<std::size_t>(e.found_event, places.size());
    if (end == 0) return "?";
    const event& last = e.trace[end - 1];
    const auto told_by = [&](auto accepts) {
        for (std::size_t i = end; i-- != 0;)
            if (accepts(e.trace[i]) && is_own(places[i])) return places[i].text();
        return std::string();
    };
    std::string place = told_by([&](const event& i) { return i.thread == last.thread; });
    if (place.empty()) place = told_by([](const event&) { return true; });
    return place.empty() ? places[end - 1].text() : place;
}

std::string others(const execution& e, const std::vector<source_place>& places) {
    std::string text;
    if (e.other_event != 0 && e.other_event <= places.size())
        text += "  the other access: " + name_of(e.trace[e.other_event - 1].thread) + " at " +
                places[e.other_event - 1].text() + '\n';
    for (std::size_t i = 0; i != e.trace.size(); ++i)
        if (e.trace[i].what == action::blocked && !places[i].file.empty())
            text += "  " + name_of(e.trace[i].thread) + " stands at " + places[i].text() + "  " +
                    source_line(places[i]) + '\n';
    return text;
}

// Of all events, those that are not told included: replays in other processes must have the same.
// Objects are known by the order in which they come, since their addresses differ.
std::uint32_t fingerprint(const std::vector<event>& trace) {
    std::map<std::uintptr_t, std::uint64_t> objects;
    std::uint32_t sum = 2166136261;  // FNV-1a
    const auto add = [&](std::uint64_t number) {
        for (int byte = 0; byte != 8; ++byte, number >>= 8)
            sum = (sum ^ static_cast<std::uint32_t>(number & 0xFF)) * 16777619;
    };
    for (const event& e : trace) {
        add(static_cast<std::uint64_t>(e.what));
        add(static_cast<std::uint64_t>(e.thread));
        add(objects.emplace(e.address, objects.size()).first->second);
        if (e.value < 1'000'000) add(e.value);  // no address
    }
    return sum;
}

}  // namespace

std::string report(execution& e, const std::string& replay, const std::string& own) {
    const std::vector<source_place> places = find_places(e.trace, own);
    finding& found = *e.found;
    found.place = place_of(e, places);
    const bool no_end = found.text.find("no end after") != std::string::npos;
    std::string text = found.kind + " in " + found.thread + " at " + found.place + "\n  " +
                       found.text + '\n' + others(e, places) + '\n';
    text += table(own.empty() ? rows_of_events(e, places) : rows_of_lines(e, places),
                  found.kind == "livelock" || no_end ? rows_of_a_livelock : most_rows);
    char sum[64];
    std::snprintf(sum, sizeof sum, "\n%zu events, fingerprint %08x\n", e.trace.size(),
                  static_cast<unsigned>(fingerprint(e.trace)));
    text += sum;
    text += "replay: {.by = explore::search::replay, .decisions = \"" + replay + "\"}\n";
    return text;
}

}  // namespace explore
