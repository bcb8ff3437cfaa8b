// The deadlock report, the leak report at the end of main, and the table on SIGQUIT.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "common/lifecycle.hpp"
#include "common/runtime/asleep.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/records.hpp"
#include "common/runtime/reports.hpp"

namespace braid {

std::string reports::starter(std::uint64_t parent) {
    if (parent == registry::clock_id) return "the clock";
    std::string number("#");
    number += std::to_string(parent);
    return number;
}

std::string reports::seconds(std::chrono::nanoseconds d) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f s", std::chrono::duration<double>(d).count());
    return text;
}

#if BRAID_LIFECYCLE

namespace {

using registry::open_book;
using registry::record;
using registry::role;
using registry::subject;
using registry::target;
using registry::the_book;

std::string describe(const subject& s) {
    std::string text(s.kind());
    if (s.kind() == "channel") text += " (capacity " + std::to_string(s.capacity()) + ")";
    return text + " made at " + reports::to_string(s.made());
}

// What a suspended task waits for: one thing, or the cases of a select.
std::vector<target> targets(const record& r) {
    if (r.what.on.on != nullptr) return {r.what.on};
    return {r.what.any_of.begin(), r.what.any_of.end()};
}

// Who has been seen in the role that could end the wait.
std::string seen_so_far(const target& t) {
    std::string ids;
    for (const record* r = the_book.records; r != nullptr; r = r->next)
        if (t.on->was_seen(t.woken_by, r->id)) ids += " #" + std::to_string(r->id);
    switch (t.woken_by) {
        case role::sends:
            return ids.empty() ? ", to which no living task has sent" : ", sent to by" + ids;
        case role::receives:
            return ids.empty() ? ", from which no living task has received"
                               : ", received from by" + ids;
        case role::holds:
            return ids.empty() ? "" : ", held by" + ids;
        case role::works:
            return ids.empty() ? "" : ", waiting for" + ids;
        case role::none:
            break;
    }
    return "";
}

lifecycle::task_info info_of(const record& r) {
    lifecycle::task_info t;
    t.id = r.id;
    t.parent = r.parent;
    t.is_task = r.is_task;
    t.name = r.name;
    t.started = r.started;
    t.was_detached = r.detached.line != 0;
    t.detached = r.detached;
    t.waiting = r.suspended;
    if (!r.suspended) return t;
    t.operation = r.what.operation;
    t.where = r.what.where;
    t.waited = std::chrono::steady_clock::now() - r.since;
    for (const target& on : targets(r))
        t.on += (t.on.empty() ? "" : "\n    or ") + describe(*on.on) + seen_so_far(on);
    return t;
}

std::vector<const record*> oldest_first() {
    std::vector<const record*> all;
    for (const record* r = the_book.records; r != nullptr; r = r->next) all.push_back(r);
    std::ranges::sort(all, {}, &record::id);
    return all;
}

// The wait-for graph: an edge leads from a waiting task to each one that was seen in the role that
// could wake it.
struct edge {
    const record* from;
    const record* to;
    target through;
};

std::vector<edge> edges_from(const record& r, const std::vector<const record*>& all) {
    std::vector<edge> edges;
    for (const target& t : targets(r))
        for (const record* other : all)
            if (other->suspended && t.on->was_seen(t.woken_by, other->id) &&
                (other != &r || t.woken_by == role::holds))
                edges.push_back({&r, other, t});
    return edges;
}

// Depth first; `path` leads from the start to `at`. Fills it with a cycle if there is one.
bool find_cycle(const record& at, const std::vector<const record*>& all, std::vector<edge>& path,
                std::map<const record*, bool>& finished) {
    for (const edge& e : edges_from(at, all)) {
        const auto met = std::ranges::find(path, e.to, &edge::from);
        if (met != path.end() || e.to == &at) {
            if (met != path.end()) path.erase(path.begin(), met);
            if (e.to == &at) path.clear();
            path.push_back(e);
            return true;
        }
        if (finished[e.to]) continue;
        path.push_back(e);
        if (find_cycle(*e.to, all, path, finished)) return true;
        path.pop_back();
    }
    finished[&at] = true;
    return false;
}

std::string who(const record& r) {
    std::string text = (r.is_task ? "task #" : "thread #") + std::to_string(r.id);
    return r.name.empty() ? text : text + " \"" + r.name + "\"";
}

std::string_view verb(role r) {
    switch (r) {
        case role::sends:
            return "sends to";
        case role::receives:
            return "receives from";
        case role::holds:
            return "holds";
        case role::works:
            return "must end for";
        case role::none:
            break;
    }
    return "uses";
}

std::string wait_report_locked() {
    const auto all = oldest_first();
    std::string text;
    for (const record* r : all) text += lifecycle::to_string(info_of(*r)) + "\n";
    std::vector<edge> cycle;
    std::map<const record*, bool> finished;
    const bool found = std::ranges::any_of(
        all, [&](const record* r) { return r->suspended && find_cycle(*r, all, cycle, finished); });
    if (!found) return text;
    text += "\nthe cycle:\n";
    for (const edge& e : cycle)
        text += "    " + who(*e.from) + " waits in " + std::string(e.from->what.operation) +
                reports::at(e.from->what.where) + "\n        for the " + describe(*e.through.on) +
                ",\n        which " + who(*e.to) + " " + std::string(verb(e.through.woken_by)) +
                "\n";
    return text;
}

// The process may be stuck with any lock held, also that of a stream: so what the program printed
// is flushed only if nobody is at it, and the report goes past the streams.
void write_all(const std::string& text) {
    if (ftrylockfile(stdout) == 0) {
        fflush_unlocked(stdout);
        funlockfile(stdout);
    }
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t n = write(STDERR_FILENO, text.data() + done, text.size() - done);
        if (n <= 0) return;
        done += static_cast<std::size_t>(n);
    }
}

[[noreturn]] void end_process(int status) {
    reports::close_log();
    _exit(status);
}

// Threads that have never used Braid: they may come and wake somebody.
int unknown_threads() {
    int count = runtime::foreign_threads();
    for (const record* r = the_book.records; r != nullptr; r = r->next)
        count -= r->is_fiber ? 0 : 1;
    return count;
}

std::string counted(int n, std::string_view what) {
    return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

// At the end of main, with BRAID_LEAKS=1: as goleak's VerifyTestMain, a clean exit status
// becomes 23 when something is left, and any other is kept (GK-4).
void check_leaks_at_exit(int status, void*) {
    if (status != 0) return;
    const auto leaks = lifecycle::find_leaks();
    std::map<std::string, int> resources;
    int count = 0;
    {
        open_book book;
        for (const auto* r = the_book.resources; r != nullptr; r = r->next(), ++count)
            ++resources[std::string(r->kind) + " made at " + reports::to_string(r->made)];
    }
    if (leaks.empty() && resources.empty()) return;
    std::string text =
        "braid: at the end of main: " + counted(static_cast<int>(leaks.size()), "task") +
        " leaked, " + counted(count, "context") + " never cancelled\n";
    for (const auto& t : leaks) text += lifecycle::to_string(t) + "\n";
    for (const auto& [what, n] : resources) text += std::to_string(n) + " x " + what + "\n";
    write_all(text);
    end_process(23);
}

void on_quit_signal(int) { clock::quit_requested(); }

}  // namespace

void reports::arm() {
    static const bool armed = [] {
        open_log();
        const char* const leaks = std::getenv("BRAID_LEAKS");
        if (leaks != nullptr && leaks != std::string_view("0"))
            on_exit(check_leaks_at_exit, nullptr);
        struct sigaction now {};
        if (sigaction(SIGQUIT, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
            now.sa_handler = on_quit_signal;
            now.sa_flags = SA_RESTART;
            sigaction(SIGQUIT, &now, nullptr);
            clock::start();  // it is the one who answers
        }
        return true;
    }();
    static_cast<void>(armed);
}

bool reports::look_for_deadlock() {
    std::string text;
    {
        open_book book;
        if (!the_book.all_asleep()) return false;
        if (unknown_threads() > 0) return true;
        text.append(runtime::deadlock_headline).append("\n").append(wait_report_locked());
    }
    write_all(text);
    end_process(runtime::deadlock_status);
}

int reports::running() {
    open_book book;
    return the_book.running;
}

void reports::die_with_table() {
    write_all("braid: SIGQUIT\n\n" + lifecycle::wait_report());
    end_process(2);
}

std::string lifecycle::wait_report() {
    open_book book;
    return wait_report_locked();
}

std::vector<lifecycle::task_info> lifecycle::tasks() {
    open_book book;
    std::vector<task_info> all;
    for (const record* r : oldest_first()) all.push_back(info_of(*r));
    return all;
}

#else

std::string lifecycle::wait_report() { return {}; }
std::vector<lifecycle::task_info> lifecycle::tasks() { return {}; }

#endif

}  // namespace braid
