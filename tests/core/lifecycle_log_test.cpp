// BRAID_LOG=lifecycle and BRAID_TRACE=file.json. Both are read at the first use of Braid, so each
// case is a program of its own.
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/channel.hpp"
#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::lifecycle_log_test {

using namespace braid_test;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class LogDeathTest : public ::testing::Test {};
class TraceDeathTest : public ::testing::Test {};

// --- the log -----------------------------------------------------------------------------------

template <class F>
[[noreturn]] void logged(F body) {
    set_environment("BRAID_LOG", "lifecycle");
    child(body);
}

TEST_F(LogDeathTest, HasALineForEachStartAndEachEnd) {
    EXPECT_EXIT(
        logged([] {
            task outer = go({.name = "outer"}, [] {
                task inner = go([] {});
                inner.join();
            });
            outer.join();
        }),
        exits(0),
        MatchesRegex("braid: task #2 \"outer\" starts, from [^\n]*lifecycle_log_test.cpp:[0-9]+, "
                     "by #1\n"
                     "braid: task #3 starts, from [^\n]*lifecycle_log_test.cpp:[0-9]+, by #2\n"
                     "braid: task #3 ends after [0-9]+\\.[0-9][0-9] s\n"
                     "braid: task #2 \"outer\" ends after [0-9]+\\.[0-9][0-9] s\n"));
}

TEST_F(LogDeathTest, SaysNothingOfThreads) {
    EXPECT_EXIT(logged([] { make_channel<int>(1).send(1); }), exits(0), "^$");
}

// Lines are whole, however many tasks write them.
TEST_F(LogDeathTest, LinesDoNotMix) {
    EXPECT_EXIT(logged([] {
                    std::vector<task> tasks;
                    for (int i = 0; i < 50; ++i) tasks.push_back(go({.name = "short"}, [] {}));
                }),
                exits(0),
                MatchesRegex("(braid: task #[0-9]+ \"short\" (starts, from [^\n:]*:[0-9]+, by "
                             "#1|ends after [0-9.]+ s)\n)+"));
}

TEST_F(LogDeathTest, WithoutTheVariableThereIsNone) {
    EXPECT_EXIT(child([] { task t = go([] {}); }), exits(0), "^$");
}

TEST_F(LogDeathTest, AnUnknownLogIsOneClearLine) {
    EXPECT_EXIT((set_environment("BRAID_LOG", "everything"), child([] { task t = go([] {}); })),
                exits(2), MatchesRegex("braid: BRAID_LOG=everything: [^\n]*lifecycle\n"));
}

// --- the trace ---------------------------------------------------------------------------------

// As much of JSON as it takes to hold a file to it: strict, without escapes beyond \" and \\.
struct json {
    using list = std::vector<json>;
    using object = std::map<std::string, json>;
    std::variant<std::monostate, double, std::string, list, object> value;

    const std::string& text() const { return std::get<std::string>(value); }
    double number() const { return std::get<double>(value); }
    const json& operator[](const std::string& key) const { return std::get<object>(value).at(key); }
    bool has(const std::string& key) const { return std::get<object>(value).contains(key); }
};

class parser {
public:
    explicit parser(const std::string& text) : at_(text.c_str()) {}

    json document() {
        json result = any();
        space();
        if (*at_ != '\0') fail("the end");
        return result;
    }

private:
    [[noreturn]] void fail(const std::string& expected) const {
        throw std::runtime_error("expected " + expected + " at: " + std::string(at_).substr(0, 80));
    }
    void space() {
        while (std::isspace(static_cast<unsigned char>(*at_)) != 0) ++at_;
    }
    bool accept(char c) {
        space();
        if (*at_ != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail(std::string(1, c));
    }

    json any() {
        space();
        switch (*at_) {
            case '[':
                return json{list()};
            case '{':
                return json{object()};
            case '"':
                return json{string()};
            default:
                return json{number()};
        }
    }
    json::list list() {
        json::list result;
        expect('[');
        if (accept(']')) return result;
        do result.push_back(any());
        while (accept(','));
        expect(']');
        return result;
    }
    json::object object() {
        json::object result;
        expect('{');
        if (accept('}')) return result;
        do {
            const std::string key = string();
            expect(':');
            if (!result.emplace(key, any()).second) fail("no second " + key);
        } while (accept(','));
        expect('}');
        return result;
    }
    std::string string() {
        std::string result;
        expect('"');
        for (; *at_ != '"'; ++at_) {
            if (static_cast<unsigned char>(*at_) < ' ') fail("no control character");
            if (*at_ == '\\' && *++at_ != '"' && *at_ != '\\') fail("an escape");
            result += *at_;
        }
        ++at_;
        return result;
    }
    double number() {
        char* end = nullptr;
        const double result = std::strtod(at_, &end);
        if (end == at_) fail("a value");
        at_ = end;
        return result;
    }

    const char* at_;
};

// A file that is gone at the end of its scope.
class scratch_file {
public:
    scratch_file() {
        const int file = mkstemp(path_.data());
        EXPECT_GE(file, 0);
        close(file);
    }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;
    ~scratch_file() { unlink(path_.c_str()); }

    const std::string& path() const { return path_; }
    std::string text() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    std::string path_ = "/tmp/braid_trace_XXXXXX";
};

// Runs `program` with a trace, and returns what is in the file. The child of a death test comes
// here from the beginning of the test, too: it finds the name of the file in the environment.
std::string trace_of(void (*program)(), int status) {
    static const char* const name_of_file = "BRAID_TEST_TRACE_FILE";
    std::optional<scratch_file> file;
    if (std::getenv(name_of_file) == nullptr) {
        file.emplace();
        set_environment(name_of_file, file->path());
    }
    const auto traced = [program] {
        set_environment("BRAID_TRACE", std::getenv(name_of_file));
        child(program);
    };
    EXPECT_EXIT(traced(), exits(status), "");
    unsetenv(name_of_file);
    return file->text();
}

struct bar {
    std::string name, category, at;
    double row, begin, end;
};

// The bars of the trace, and the names of its rows.
struct trace {
    std::vector<bar> bars;
    std::map<double, std::string> rows;

    std::vector<bar> all(const std::string& category, const std::string& name) const {
        std::vector<bar> found;
        for (const bar& b : bars)
            if (b.category == category && b.name == name) found.push_back(b);
        return found;
    }
    bar one(const std::string& category, const std::string& name) const {
        const auto found = all(category, name);
        EXPECT_EQ(found.size(), 1U) << category << " " << name;
        return found.empty() ? bar{} : found.front();
    }
};

trace parse(const std::string& text) {
    trace result;
    const json document = parser(text).document();
    for (const json& event : std::get<json::list>(document.value)) {
        EXPECT_EQ(event["pid"].number(), 1);
        if (event["ph"].text() == "M") {
            if (event["name"].text() == "thread_name")
                result.rows[event["tid"].number()] = event["args"]["name"].text();
            continue;
        }
        EXPECT_EQ(event["ph"].text(), "X");
        const double begin = event["ts"].number();
        EXPECT_GE(begin, 0);
        EXPECT_GE(event["dur"].number(), 0);
        result.bars.push_back({event["name"].text(), event["cat"].text(),
                               event["args"]["at"].text(), event["tid"].number(), begin,
                               begin + event["dur"].number()});
    }
    return result;
}

void program_with_waits() {
    const auto ch = make_channel<int>();
    task receiver = go({.name = "receiver"}, [=] { static_cast<void>(ch.receive()); });
    while (!lifecycle::parked(receiver)) this_task::yield();
    ch.send(1);
    receiver.join();
    task sender = go({.name = "sender"}, [=] { ch.send(2); });
    while (!lifecycle::parked(sender)) this_task::yield();
    static_cast<void>(ch.receive());
    sender.join();
    task selector = go({.name = "selector"}, [=] { select(receive(ch), send(ch, 3)); });
    while (!lifecycle::parked(selector)) this_task::yield();
    ch.send(4);
    task sleeper = go({.name = "sleeper"}, [] { this_task::sleep_for(20ms); });
    sleeper.join();
    task nameless = go([] {});
}

TEST_F(TraceDeathTest, HasABarForEachTaskAndEachWait) {
    const trace t = parse(trace_of(program_with_waits, 0));
    for (const char* name : {"receiver", "sender", "selector", "sleeper"}) {
        const bar life = t.one("task", name);
        EXPECT_EQ(t.rows.at(life.row), name);
        EXPECT_THAT(life.at, MatchesRegex(".*lifecycle_log_test.cpp:[0-9]+"));
    }
    EXPECT_EQ(t.rows.size(), 5U);
    for (const auto& [row, name] : t.rows) EXPECT_EQ(t.all("task", name).size(), 1U);

    const std::pair<const char*, const char*> waits[] = {
        {"receive", "receiver"}, {"send", "sender"}, {"select", "selector"}, {"sleep", "sleeper"}};
    for (const auto& [operation, who] : waits) {
        const bar life = t.one("task", who), wait = t.one("wait", operation);
        EXPECT_EQ(wait.row, life.row) << "on the row of its task";
        EXPECT_GE(wait.begin, life.begin);
        EXPECT_LE(wait.end, life.end);
        EXPECT_THAT(wait.at, MatchesRegex(".*lifecycle_log_test.cpp:[0-9]+"));
    }
    const bar sleep = t.one("wait", "sleep");
    EXPECT_GT(sleep.end, sleep.begin);
    // The 20 ms begin before the wait is noted, and not before the task.
    EXPECT_GE(sleep.end - t.one("task", "sleeper").begin, 20'000) << "in microseconds";
    EXPECT_FALSE(t.all("wait", "join").empty()) << "main waits too";
}

void program_with_awkward_names() {
    const auto quote = [](const char* name) { static_cast<void>(go({.name = name}, [] {})); };
    quote("\"quoted\"");
    quote("back\\slash");
    quote("tab\tand\nnewline");
    quote("{\"looks\": [\"like\", \"json\"]}");
}

TEST_F(TraceDeathTest, IsJsonWhateverTheNamesAre) {
    const trace t = parse(trace_of(program_with_awkward_names, 0));
    t.one("task", "\"quoted\"");
    t.one("task", "back\\slash");
    t.one("task", "tabandnewline");
    t.one("task", "{\"looks\": [\"like\", \"json\"]}");
}

void program_with_many_tasks() {
    const auto ch = make_channel<int>(3);
    std::vector<task> tasks;
    for (int i = 0; i < 20; ++i)
        tasks.push_back(go([=] {
            for (int k = 0; k < 20; ++k) select(send(ch, k), receive(ch));
        }));
}

TEST_F(TraceDeathTest, IsJsonWhenManyTasksWriteIt) {
    const trace t = parse(trace_of(program_with_many_tasks, 0));
    int tasks = 0;
    for (const bar& b : t.bars) tasks += b.category == "task" ? 1 : 0;
    EXPECT_EQ(tasks, 20);
}

// The one that is most looked at: what was everybody doing when it got stuck?
void program_that_gets_stuck() {
    task t = go({.name = "stuck"}, [] { static_cast<void>(make_channel<int>().receive()); });
    t.join();
}

TEST_F(TraceDeathTest, OfADeadlockIsWhole) {
    const trace t = parse(trace_of(program_that_gets_stuck, deadlock_status));
    ASSERT_EQ(t.rows.size(), 1U);
    EXPECT_EQ(t.rows.begin()->second, "stuck");
    t.one("task", "stuck");
    t.one("wait", "receive");
    t.one("wait", "join");
}

void program_that_leaves_a_task() {
    go({.name = "left behind"}, [] { static_cast<void>(make_channel<int>().receive()); }).detach();
    while (lifecycle::tasks().size() < 2 || !lifecycle::tasks()[1].waiting) this_task::yield();
}

TEST_F(TraceDeathTest, AtTheEndOfMainIsWhole) {
    const trace t = parse(trace_of(program_that_leaves_a_task, 0));
    t.one("task", "left behind");
    t.one("wait", "receive");
}

TEST_F(TraceDeathTest, AFileThatCannotBeWrittenIsOneClearLine) {
    EXPECT_EXIT((set_environment("BRAID_TRACE", "/no/such/directory/x.json"),
                 child([] { task t = go([] {}); })),
                exits(2),
                MatchesRegex("braid: BRAID_TRACE=/no/such/directory/x.json: No such file or "
                             "directory\n"));
}

// The check itself must find fault.
TEST(JsonCheck, RejectsWhatIsNoJson) {
    for (const char* text : {"", "[", "[1,]", "[1 2]", "{\"a\":1,}", "{\"a\" 1}", "[\"a]", "[1]]",
                             "[\"tab\t\"]", "[\"\\q\"]", "{\"a\":1,\"a\":2}", "[x]"})
        EXPECT_THROW(parser(text).document(), std::runtime_error) << text;
    const json ok = parser(" [ {\"a\": \"b\\\"\\\\\", \"c\": -1.5e3} , [] ] ").document();
    const json& first = std::get<json::list>(ok.value).front();
    EXPECT_EQ(first["a"].text(), "b\"\\");
    EXPECT_EQ(first["c"].number(), -1500);
    EXPECT_FALSE(first.has("d"));
}

}  // namespace braid::lifecycle_log_test
