// The lifecycle log (BRAID_LOG) and the Chrome trace (BRAID_TRACE).
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/runtime/records.hpp"
#include "common/runtime/reports.hpp"

#if BRAID_LIFECYCLE

namespace braid::reports {

namespace {

using registry::record;

// Both are written under the registry's lock, so their lines do not mix.
constinit bool log_wanted = false;
constinit std::FILE* trace = nullptr;
runtime::time_point first_moment;

double microseconds(runtime::time_point t) {
    return std::chrono::duration<double, std::micro>(t - first_moment).count();
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) >= ' ') out += c;
    }
    return out;
}

std::string name_of(const record& r) {
    return r.name.empty() ? "task #" + std::to_string(r.id) : r.name;
}

// One complete event of the Chrome trace format: a bar on the task's row, from `begin` to now.
void write_bar(const record& r, std::string_view what, std::string_view category,
               runtime::time_point begin, place where) {
    const double start = microseconds(begin);
    const double length = microseconds(std::chrono::steady_clock::now()) - start;
    std::fprintf(trace,
                 ",\n{\"name\":\"%s\",\"cat\":\"%s\",\"ph\":\"X\",\"ts\":%.3f,\"dur\":%.3f,"
                 "\"pid\":1,\"tid\":%llu,\"args\":{\"at\":\"%s\"}}",
                 escaped(what).c_str(), escaped(category).c_str(), start, length,
                 static_cast<unsigned long long>(r.id), escaped(to_string(where)).c_str());
}

}  // namespace

void open_log() {
    first_moment = std::chrono::steady_clock::now();
    if (const char* what = std::getenv("BRAID_LOG"); what != nullptr) {
        log_wanted = std::strcmp(what, "lifecycle") == 0;
        if (!log_wanted) {
            std::fprintf(stderr, "braid: BRAID_LOG=%s: unknown log, there is: lifecycle\n", what);
            std::_Exit(2);
        }
    }
    if (const char* path = std::getenv("BRAID_TRACE"); path != nullptr) {
        trace = std::fopen(path, "w");
        if (trace == nullptr) {
            std::fprintf(stderr, "braid: BRAID_TRACE=%s: %s\n", path, std::strerror(errno));
            std::_Exit(2);
        }
        std::fprintf(trace,
                     "[{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,"
                     "\"args\":{\"name\":\"braid\"}}");
        std::atexit(close_log);
    }
}

// Viewers accept a trace that lacks the closing bracket, so one that was cut short opens too.
void close_log() {
    registry::open_book book;
    if (trace == nullptr) return;
    for (const record* r = registry::the_book.records; r != nullptr; r = r->next) {
        if (r->suspended) note_wait(*r);
        if (r->is_task) write_bar(*r, name_of(*r), "task", r->born, r->started);
    }
    std::fputs("]\n", trace);
    std::fclose(trace);
    trace = nullptr;
}

void note_start(const record& r) {
    if (log_wanted)
        std::fprintf(stderr, "braid: task #%llu%s%s%s starts, from %s, by %s\n",
                     static_cast<unsigned long long>(r.id), r.name.empty() ? "" : " \"",
                     r.name.c_str(), r.name.empty() ? "" : "\"", to_string(r.started).c_str(),
                     starter(r.parent).c_str());
    if (trace != nullptr)
        std::fprintf(trace,
                     ",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%llu,"
                     "\"args\":{\"name\":\"%s\"}}",
                     static_cast<unsigned long long>(r.id), escaped(name_of(r)).c_str());
}

void note_end(const record& r) {
    const auto lived = std::chrono::steady_clock::now() - r.born;
    if (log_wanted)
        std::fprintf(stderr, "braid: task #%llu%s%s%s ends after %s\n",
                     static_cast<unsigned long long>(r.id), r.name.empty() ? "" : " \"",
                     r.name.c_str(), r.name.empty() ? "" : "\"", seconds(lived).c_str());
    if (trace != nullptr) write_bar(r, name_of(r), "task", r.born, r.started);
}

void note_wait(const record& r) {
    if (trace != nullptr) write_bar(r, r.what.operation, "wait", r.since, r.what.where);
}

}  // namespace braid::reports

#endif
