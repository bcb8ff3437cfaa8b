#pragma once

#include <climits>
#include <span>
#include <string>
#include <string_view>

// What the tasks of an execution have called, and in which order. history.cpp is compiled without
// hooks: no schedule point, no race and no happens-before comes of it, so it orders nobody.
namespace explore {

constexpr int never = INT_MAX;
constexpr int most_operations = 32;

// One call. Moments are numbers that grow; no two things have the same.
struct operation {
    int task = 0;
    int what = 0;  // the model knows
    int argument = 0;
    int result = 0;   // if it has returned
    int choice = 0;   // of a select: the case that was done
    int invoked = 0;  // a moment: before its first schedule point and after all that came first
    int returned = never;  // a moment
    int settled = never;   // a moment at which it waited, and nobody could move
};

// In a task. begins() gives the number of the operation, for the others.
int begins(int task, int what, int argument);
void ends(int number, int result, int choice = 0);
void is_none(int number);  // the last that began was not called

// In main, after a sleep: time passes only when nobody can move.
void settles();

// Empty if all went as a sequential Model allows (linearizability.hpp), from `initial` on; else the
// history. For the models that models.cpp lists.
template <class Model>
std::string judge(const Model& initial);

std::span<const operation> history();

// For messages: one line for each operation.
std::string text_of(std::span<const operation> all, std::span<const std::string_view> names);

}  // namespace explore
