#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "commands.hpp"
#include "trial.hpp"

// What the tests of the harness share: a directory of their own, and ways to run the fixtures.

namespace braid::harness {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

inline const fs::path sources = FIXTURE_SOURCES;
inline const fs::path programs = FIXTURE_PROGRAMS;
inline const child_limits quick{std::chrono::milliseconds(700), std::chrono::milliseconds(2500),
                                1 << 20};

inline std::string contents(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

class harness : public testing::Test {
protected:
    harness() {
        std::string name = (fs::temp_directory_path() / "harness_test.XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }

    ~harness() override {
        fs::remove_all(directory_);
        unsetenv("ACT");
        unsetenv("ACT_FILE");
    }

    fs::path write(const std::string& name, const std::string& text) const {
        fs::path file = directory_ / name;
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
        return file;
    }

    static std::string header(const std::string& expect, const std::string& id = "fake.1") {
        return "// " + id +
               "  A fake (ON2)\n// Breaks:  I1\n// Seen in: a test\n// Expect:  " + expect +
               "\n// Reading: Read it.\n\n";
    }

    // The actor under one tool, held to one claim.
    trial act(const std::string& act, tool t, const std::string& claim,
              const child_limits& limits = quick) const {
        setenv("ACT", act.c_str(), 1);
        setenv("ACT_FILE", (directory_ / "act_file").c_str(), 1);
        const auto rest = [&](tool other) {
            const std::string name(to_string(other));
            return name + "=" + (other == t ? claim : "ok") + " ";
        };
        const auto source =
            write("y.cpp", header(rest(tool::plain) + rest(tool::asan) + rest(tool::tsan) +
                                  rest(tool::leak) + rest(tool::explore)) +
                               "\n\nint main() {}  // BUG\n");
        return hold_to_claim(read_counterexample(source), t, programs / "actor", limits);
    }

    std::string act_once(const std::string& what, tool t = tool::plain) const {
        return act(what, t, "ok").last.what;
    }

    int check_fixture(const std::string& name, tool t) {
        printed_.str("");
        return check(printed_, {t, programs / name, sources / (name + ".cpp"), {}},
                     directory_ / "results");
    }

    std::string printed() const { return printed_.str(); }

    fs::path directory_;
    std::ostringstream printed_;
};

}  // namespace braid::harness
