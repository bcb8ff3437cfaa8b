#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/explore/explore.hpp"

namespace explore {

// One decision that the engine asks for. Alternative 0 is what happens if nothing special does: the
// running thread goes on, the first waiter is woken.
struct question {
    int count;                    // of alternatives
    bool costs;                   // all but 0 count against the bound on preemptions
    const std::uint8_t* threads;  // of each alternative; null: not about who runs
    const std::uint32_t* points;  // of each thread: the schedule points it has come to
    int asks;                     // the thread that runs
};

class strategy {
public:
    virtual ~strategy() = default;

    // Before each execution. False: there is none left.
    virtual bool next() = 0;
    virtual int choose(const question& asked) = 0;

    // After the last: whether all schedules within the bound have been run.
    virtual bool complete() const { return false; }
    // The body did not do the same again after the same decisions.
    virtual bool diverged() const { return false; }
};

std::unique_ptr<strategy> by_chance(std::uint64_t seed);
std::unique_ptr<strategy> by_priorities(std::uint64_t seed, int changes);
std::unique_ptr<strategy> depth_first(int preemptions);

// Each answer as it was given before. One execution.
std::unique_ptr<strategy> replay(std::vector<std::uint8_t> answers);

// A thread runs up to a schedule point of its own, then the next stretch begins.
struct stretch {
    std::uint8_t thread;
    std::uint32_t until;
};

// An answer other than 0 that was not about who runs, and when it was given.
struct deviation {
    std::uint8_t thread;
    std::uint32_t point;
    std::uint8_t answer;
};

// Follows these as far as it can; the other answers are 0. One execution.
std::unique_ptr<strategy> follow(std::vector<stretch> stretches, std::vector<deviation> deviations);

// Decisions as text: run lengths of equal answers, "0x12.1.0x3".
std::string to_text(const std::vector<std::uint8_t>& answers);
std::vector<std::uint8_t> from_text(const std::string& text);

}  // namespace explore
