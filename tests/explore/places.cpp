// From return addresses to lines of source, by addr2line.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "tests/explore/segments.hpp"
#include "tests/explore/trace.hpp"

namespace explore {
namespace {

struct program {
    std::uintptr_t base = 0;
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
};

program find_program() {
    program found;
    for_each_segment([&](const segment& s) {
        if (s.programs && s.header.p_type == PT_LOAD && (s.header.p_flags & PF_X) != 0)
            found = {s.base, s.begin, s.end};
    });
    return found;
}

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool is_own(const std::string& file) {
    if (file.rfind("/usr/", 0) == 0 || file.rfind("??", 0) == 0) return false;
    const auto explorer = file.find("tests/explore/");
    return explorer == std::string::npos || ends_with(file, "_test.cpp") ||
           file.find("/programs/", explorer) != std::string::npos;
}

// One line of what addr2line says: path:line (discriminator n).
source_place parse(std::string text, const std::string& own) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || !is_own(text.substr(0, colon))) return {};
    const int line = std::atoi(text.c_str() + colon + 1);
    text.resize(colon);
    const bool is_wanted = own.empty() || text.find(own) != std::string::npos;
    const auto slash = text.rfind('/');
    return {text, slash == std::string::npos ? text : text.substr(slash + 1), line, is_wanted,
            false};
}

// From the inside out: `outer` comes after all that `place` is made of.
void add_outer(source_place& place, const source_place& outer) {
    if (place.own || outer.file.empty() || (!outer.own && !place.file.empty())) return;
    const bool through = !place.file.empty();
    place = outer;
    place.through |= through;
}

using places = std::map<std::uintptr_t, source_place>;

// A few hundred addresses at once. Where a call was inlined, the innermost line comes first.
void ask(const program& p, const std::string& path, const std::string& own, places& all,
         places::iterator from, places::iterator to) {
    std::string command = "addr2line -a -i -e '" + path + "'";
    char hex[32];
    for (auto i = from; i != to; ++i) {
        std::snprintf(hex, sizeof hex, " 0x%lx", i->first - p.base - 1);  // in the call, not after
        command += hex;
    }
    FILE* const answer = popen((command + " 2>/dev/null").c_str(), "r");
    if (answer == nullptr) return;
    char line[4096];
    source_place* at = nullptr;
    while (std::fgets(line, sizeof line, answer) != nullptr) {
        if (line[0] == '0' && line[1] == 'x') {
            const auto address = std::strtoul(line, nullptr, 16) + p.base + 1;
            const auto found = all.find(address);
            at = found == all.end() ? nullptr : &found->second;
        } else if (at != nullptr) {
            add_outer(*at, parse(line, own));
        }
    }
    pclose(answer);
}

}  // namespace

std::vector<source_place> find_places(const std::vector<event>& events, const std::string& own) {
    static const program p = find_program();
    places all;
    for (const event& e : events)
        for (const std::uintptr_t pc : e.stack)
            if (pc >= p.begin && pc < p.end) all[pc];

    char path[4096];
    const auto length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        for (auto from = all.begin(); from != all.end();) {
            auto to = from;
            for (int i = 0; i != 500 && to != all.end(); ++i) ++to;
            ask(p, path, own, all, from, to);
            from = to;
        }
    }

    std::vector<source_place> result;
    result.reserve(events.size());
    for (const event& e : events) {
        source_place place;
        for (const std::uintptr_t pc : e.stack)
            if (const auto found = all.find(pc); found != all.end())
                add_outer(place, found->second);
        result.push_back(place);
    }
    return result;
}

}  // namespace explore
