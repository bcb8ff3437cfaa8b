#include "activity.hpp"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace braid::harness {

namespace {

namespace fs = std::filesystem;

struct stat_line {
    char state = '?';
    pid_t group = 0;
    long cpu_ticks = 0;
};

// Nothing when the task has gone meanwhile. The name, in parentheses, may itself hold spaces and
// parentheses, so the numbers are counted from the last ')'.
std::optional<stat_line> read_stat(const fs::path& file) {
    std::ifstream in(file);
    std::string text;
    if (!std::getline(in, text)) return std::nullopt;
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields(text.substr(name_end + 1));
    stat_line line;
    long skipped = 0;
    long user = 0;
    long system = 0;
    fields >> line.state >> skipped >> line.group;
    for (int field = 6; field <= 13; ++field) fields >> skipped;
    fields >> user >> system;
    if (!fields) return std::nullopt;
    line.cpu_ticks = user + system;
    return line;
}

bool is_number(const std::string& name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front()));
}

// S sleeps, Z is a main thread that has ended before the others.
bool sleeps(char state) { return state == 'S' || state == 'Z' || state == 'X'; }

}  // namespace

activity observe_group(pid_t group) {
    activity seen;
    std::error_code gone;  // processes come and go while we look
    for (fs::directory_iterator p("/proc", gone), end; !gone && p != end; p.increment(gone)) {
        if (!is_number(p->path().filename().string())) continue;
        const auto process = read_stat(p->path() / "stat");
        if (!process || process->group != group) continue;
        seen.cpu_ticks += process->cpu_ticks;  // threads that have ended included
        const bool leader = p->path().filename() == std::to_string(group);
        std::error_code ended;
        for (fs::directory_iterator t(p->path() / "task", ended); !ended && t != end;
             t.increment(ended)) {
            const auto thread = read_stat(t->path() / "stat");
            if (!thread) continue;
            seen.threads += leader ? 1 : 0;
            seen.asleep = seen.asleep && sleeps(thread->state);
        }
    }
    return seen;
}

}  // namespace braid::harness
