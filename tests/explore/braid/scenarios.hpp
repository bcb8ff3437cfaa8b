#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/explore/braid/history.hpp"
#include "tests/explore/explore.hpp"

// Scenarios: what each of a few tasks calls on an object of Braid's, one after the other. Every
// schedule of each is run, and every history is judged.
namespace explore {

struct step {
    int what;
    int argument;
};
using scenario = std::vector<std::vector<step>>;  // of each task its steps

// The task waits here until nobody else can move. One task of a scenario may.
constexpr int settle = -1;

// "send1 close | receive receive": tasks are separated by bars, steps by spaces; a number at the
// end is the argument.
scenario parse(std::string_view text, std::span<const std::string_view> names);

// All scenarios of tasks with so many steps, of these; those that differ in the order of the tasks
// only count as one. A step may be of several words.
std::vector<std::string> all_of(const std::vector<std::string>& steps,
                                const std::vector<int>& lengths);

// What a step came to. Not called: an unlock of what the task has not locked, say.
struct answer {
    int result = 0;
    int choice = 0;
    bool called = true;
};

// One step of a task on a Subject: the answer of its call(task, step).
template <class Subject>
void take_step(Subject& subject, int task, step s) {
    if (s.what == settle) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        settles();
        return;
    }
    const int number = begins(task, s.what, s.argument);
    const answer a = subject.call(task, s);
    a.called ? ends(number, a.result, a.choice) : is_none(number);
}

// Runs every schedule with at most two preemptions of a scenario, on what make() returns, and has
// the histories judged. What still waits in the end uses that and the threads: nobody destroys
// them.
template <class Model, class Make>
result search_one(std::string_view text, const Model& model, Make make, bool weak = true) {
    const scenario tasks = parse(text, Model::names);
    options how{.by = search::depth_first, .executions = 0, .weak = weak, .daemons = true};
    return check(how, [&] {
        auto& subject = *make();
        for (std::size_t i = 0; i != tasks.size(); ++i)
            new std::thread([&subject, &steps = tasks[i], task = static_cast<int>(i) + 1] {
                for (const step s : steps) take_step(subject, task, s);
            });
        std::this_thread::sleep_for(std::chrono::seconds(1));
        settles();
        const std::string complaint = judge(model);
        require(complaint.empty(), complaint);
    });
}

// Searches many scenarios, counts, and prints a line at its end.
//
// `weak`: whether loads may be stale. Then what only looks, such as err(), may miss what has
// happened before in time, and C++ allows that: the histories of such objects are only judged
// without stale loads.
class search_of {
public:
    explicit search_of(std::string_view name, bool weak = true) : name_(name), weak_(weak) {}
    search_of(const search_of&) = delete;
    search_of& operator=(const search_of&) = delete;
    ~search_of();

    template <class Model, class Make>
    void run(const Model& model, Make make, const std::vector<std::string>& texts) {
        for (const std::string& text : texts) note(text, search_one(text, model, make, weak_));
    }

    // The same where the environment has BRAID_SEARCH_MORE: for what takes long.
    template <class Model, class Make>
    void run_more(const Model& model, Make make, const std::vector<std::string>& texts) {
        if (more()) run(model, make, texts);
    }

private:
    static bool more();
    void note(const std::string& text, const result& r);

    const std::string_view name_;
    const bool weak_;
    std::size_t scenarios_ = 0;
    std::uint64_t schedules_ = 0;
    bool complete_ = true;
};

}  // namespace explore
