#include "common/lifecycle.hpp"

#include <time.h>

#include <algorithm>
#include <stdexcept>

#include "common/runtime/reports.hpp"

namespace braid::lifecycle {

std::string to_string(const task_info& t) {
    std::string text = (t.is_task ? "task #" : "thread #") + std::to_string(t.id);
    if (!t.name.empty()) text += " \"" + t.name + "\"";
    if (t.is_task)
        text +=
            " started at " + reports::to_string(t.started) + " by " + reports::starter(t.parent);
    if (t.was_detached) text += ", detached at " + reports::to_string(t.detached);
    if (!t.waiting) return text + "\n    running";
    text += "\n    blocked in " + t.operation + reports::at(t.where) + " for " +
            reports::seconds(t.waited);
    if (!t.on.empty()) text += "\n    on " + t.on;
    return text;
}

leak_filter leak_filter::ignore_current() {
    std::vector<std::uint64_t> known;
    for (const task_info& t : tasks()) known.push_back(t.id);
    leak_filter filter;
    filter.ignore = [known](const task_info& t) {
        return std::ranges::find(known, t.id) != known.end();
    };
    return filter;
}

namespace {

template <class Also>
void extend(leak_filter& filter, Also also) {
    filter.ignore = [before = filter.ignore, also](const task_info& t) {
        return before(t) || also(t);
    };
}

void pause(std::chrono::nanoseconds d) {
    this_task::yield();  // to those who share a worker with the caller
    const timespec for_a_while{0, static_cast<long>(d.count())};
    nanosleep(&for_a_while, nullptr);
}

}  // namespace

leak_filter& leak_filter::ignore_name(std::string name) {
    extend(*this, [name](const task_info& t) { return t.name == name; });
    return *this;
}

leak_filter& leak_filter::ignore_started_in(std::string file) {
    extend(*this,
           [file](const task_info& t) { return std::string_view(t.started.file).ends_with(file); });
    return *this;
}

leak_filter& leak_filter::max_retries(int n) {
    retries = n;
    return *this;
}

std::vector<task_info> find_leaks(const leak_filter& filter) {
    using namespace std::chrono_literals;
    const std::uint64_t self = this_task::id();
    std::chrono::nanoseconds wait = 1us;
    for (int tried = 0;; ++tried) {
        std::vector<task_info> found = tasks();
        std::erase_if(found, [&](const task_info& t) {
            return !t.is_task || t.id == self || filter.ignore(t);
        });
        if (found.empty() || tried >= filter.retries) return found;
        pause(wait);
        wait = std::min<std::chrono::nanoseconds>(wait * 2, 100ms);
    }
}

std::string leak_report(const leak_filter& filter) {
    const auto leaks = find_leaks(filter);
    if (leaks.empty()) return {};
    std::string text = "found unexpected tasks:\n";
    for (const task_info& t : leaks) text += to_string(t) + "\n";
    return text;
}

void settle() {
    using namespace std::chrono_literals;
    if (!enabled) throw std::logic_error("lifecycle::settle: compiled out (BRAID_LIFECYCLE=0)");
    static_cast<void>(this_task::id());  // the caller is known, and counted as running
    while (reports::running() > 1) pause(50us);
}

bool parked(const task& t) {
    const auto all = tasks();
    return std::ranges::any_of(all,
                               [&](const task_info& i) { return i.id == t.id() && i.waiting; });
}

}  // namespace braid::lifecycle
