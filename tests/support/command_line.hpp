#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/demo.hpp"

// For the tests that hold a program of ours against the command-line tools on the same files.
namespace braid_test {

namespace fs = std::filesystem;

// A directory of its own for a test, removed at the end.
class scratch {
public:
    scratch() {
        std::string name = (fs::temp_directory_path() / "braid-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw std::system_error(errno, std::generic_category());
        path_ = name;
    }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    const fs::path& path() const { return path_; }

    void write(const fs::path& name, const std::string& text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name, std::ios::binary) << text;
    }

private:
    fs::path path_;
};

// The repository's own sources, as they are now: in its place somebody may be editing them.
class sources {
public:
    sources() {
        const fs::path root = fs::path(__FILE__).parent_path().parent_path().parent_path();
        for (const fs::path& file : braid::demo::list_files(root).files) {
            const fs::path copy = copies_.path() / fs::relative(file, root);
            fs::create_directories(copy.parent_path());
            fs::copy_file(file, copy);
        }
    }
    const fs::path& path() const { return copies_.path(); }

private:
    scratch copies_;
};

// What a shell command prints. A failure of the command is one of the test.
inline std::string output_of(const std::string& command) {
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::system_error(errno, std::generic_category(), command);
    std::string text;
    char part[4096];
    while (const std::size_t n = std::fread(part, 1, sizeof part, pipe)) text.append(part, n);
    EXPECT_EQ(pclose(pipe), 0) << command;
    return text;
}

inline std::string quoted(const fs::path& path) {
    std::string text("'");
    text.append(path.string()).append("'");
    return text;
}

// What `sh -c script sh FILE...` prints, in the C locale; for many files it may run several times.
inline std::string output_for(const std::vector<fs::path>& files, const std::string& script) {
    const scratch at;
    std::string names;
    for (const fs::path& file : files) names += file.string() + '\0';
    at.write("names", names);
    at.write("script", script);
    return output_of("LC_ALL=C xargs -0 -r -a " + quoted(at.path() / "names") + " sh " +
                     quoted(at.path() / "script"));
}

inline bool has_tool(const std::string& name) {
    return std::system(("command -v " + name + " >/dev/null").c_str()) == 0;
}

// The demo of that name in this build tree; empty if the tree has none.
inline fs::path demo_program(const std::string& name) {
    const fs::path test = fs::read_symlink("/proc/self/exe");
    const fs::path demo = test.parent_path().parent_path() / "demo" / name;
    return fs::exists(demo) ? demo : fs::path();
}

}  // namespace braid_test
