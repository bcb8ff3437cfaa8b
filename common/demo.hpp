#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

// What the demos share: real input, and a result that a person wants to read.
namespace braid::demo {

namespace fs = std::filesystem;

// The files of the directory that the user named.
struct input {
    fs::path root;
    std::vector<fs::path> files;  // regular files, sorted
    std::uintmax_t bytes = 0;
};

// Ends the demo with one line on stderr and status 2.
[[noreturn]] inline void fail(const std::string& why) {
    std::fprintf(stderr, "demo: %s\n", why.c_str());
    std::exit(2);
}

// All regular files under `root`, but for hidden directories, build trees and what may not be read.
// Links are not followed. Throws std::filesystem::filesystem_error if `root` cannot be read.
inline input list_files(const fs::path& root) {
    input in{root, {}, 0};
    const auto skip = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(root, skip), end; at != end; ++at) {
        const std::string name = at->path().filename().string();
        if (at->is_symlink()) continue;
        if (at->is_directory() && (name.starts_with('.') || name == "build")) {
            at.disable_recursion_pending();
            continue;
        }
        if (!at->is_regular_file()) continue;
        if (!std::ifstream(at->path(), std::ios::binary)) continue;
        in.files.push_back(at->path());
        in.bytes += at->file_size();
    }
    std::ranges::sort(in.files);
    return in;
}

// The input that the command line names: its first argument that is no option, else ".".
inline input input_of(int argc, char** argv) {
    char** const named = std::find_if(argv + 1, argv + argc, [](char* a) { return a[0] != '-'; });
    const fs::path root = named != argv + argc ? *named : ".";
    std::error_code error;
    if (!fs::is_directory(root, error))
        fail("cannot read the input " + root.string() + ": " +
             (error ? error.message() : "not a directory") + "; give INPUT=<a directory>");
    try {
        input in = list_files(root);
        if (in.files.empty()) fail("no readable file under " + root.string());
        return in;
    } catch (const fs::filesystem_error& e) {
        fail("cannot read the input " + root.string() + ": " + e.code().message() +
             "; give INPUT=<a directory>");
    }
}

// The main function of a demo: run(input) makes its exit status, and what it throws is told as by
// fail.
template <class Run>
int run_on_input(int argc, char** argv, Run run) try {
    return run(input_of(argc, argv));
} catch (const std::exception& e) {
    fail(e.what());
}

// True if `name`, such as "--print", was given.
inline bool has_option(int argc, char** argv, const std::string& name) {
    return std::any_of(argv + 1, argv + argc, [&](const char* a) { return a == name; });
}

// A whole file. Throws std::system_error that names it.
inline std::string read_file(const fs::path& path) {
    try {
        std::ifstream file;
        file.exceptions(std::ios::failbit | std::ios::badbit);
        file.open(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    } catch (const std::ios::failure&) {
        throw std::system_error(errno, std::generic_category(), path.string());
    }
}

// Reads all files once, so that the disk is not what is measured afterwards.
inline void warm_up(const input& in) {
    for (const fs::path& file : in.files) read_file(file);
}

inline std::uint64_t lines_in(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

// Calls f(word) for each word of a text: each run of the letters A to Z, in lower case.
template <class F>
void for_each_word(std::string_view text, F f) {
    std::string word;
    const auto end_word = [&] {
        if (!word.empty()) f(std::as_const(word));
        word.clear();
    };
    for (const char c : text) {
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (lower >= 'a' && lower <= 'z')
            word.push_back(lower);
        else
            end_word();
    }
    end_word();
}

// How many tasks share out work: the machine's processors, but at least two.
inline std::size_t workers() {
    return std::max<std::size_t>(2, std::thread::hardware_concurrency());
}

// What a piece of work took.
class stopwatch {
public:
    double milliseconds() const {
        return std::chrono::duration<double, std::milli>(clock::now() - start_).count();
    }

private:
    using clock = std::chrono::steady_clock;
    clock::time_point start_ = clock::now();
};

// "1.4 MB"
inline std::string size_of(std::uintmax_t bytes) {
    char text[32];
    if (bytes < 10'000)
        std::snprintf(text, sizeof text, "%ju bytes", bytes);
    else if (bytes < 1'000'000)
        std::snprintf(text, sizeof text, "%.0f kB", static_cast<double>(bytes) / 1e3);
    else
        std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

inline void headline(const char* what, const input& in) {
    std::printf("%s: %zu files, %s, under %s\n", what, in.files.size(), size_of(in.bytes).c_str(),
                in.root.c_str());
}

inline void line(const char* label, const std::string& text) {
    std::printf("  %-10s %s\n", label, text.c_str());
}

// The last lines of every demo; returns its exit status.
inline int verdict(bool same, double milliseconds, double milliseconds_one_thread) {
    std::printf("  %-10s %.1f ms, one thread %.1f ms\n", "time", milliseconds,
                milliseconds_one_thread);
    std::printf("  %s\n", same ? "same result as one thread" : "NOT the result of one thread");
    return same ? 0 : 1;
}

}  // namespace braid::demo
