#include "tests/explore/braid/history.hpp"

#include <cstdint>

#include "tests/explore/engine.hpp"

namespace explore {

namespace {

// Where the task stood when it began an operation.
struct beginning {
    const thread* who = nullptr;
    std::uint32_t points = 0;
};

// Globals: the explorer empties them before each execution.
constinit operation operations[most_operations];
constinit beginning beginnings[most_operations];
constinit int count = 0;
constinit int now = 0;

// An operation begins when it passes its first schedule point. While a task stands there, what
// others do comes before its operation.
void move_beginnings() {
    for (int i = 0; i != count; ++i)
        if (operations[i].returned == never &&
            beginnings[i].who->points <= beginnings[i].points + 1)
            operations[i].invoked = ++now;
}

}  // namespace

int begins(int task, int what, int argument) {
    if (count == most_operations) fail("more operations than a history holds");
    const thread& self = the_engine().me();
    beginnings[count] = {&self, self.points};
    operations[count] = {.task = task, .what = what, .argument = argument, .invoked = ++now};
    return count++;
}

void ends(int number, int result, int choice) {
    operations[number].result = result;
    operations[number].choice = choice;
    operations[number].returned = ++now;
    move_beginnings();
}

void is_none(int number) {
    if (number != count - 1) fail("not the last operation");
    --count;
}

void settles() {
    ++now;
    for (int i = 0; i != count; ++i)
        if (operations[i].returned == never && operations[i].settled == never)
            operations[i].settled = now;
}

std::span<const operation> history() { return {operations, static_cast<std::size_t>(count)}; }

std::string text_of(std::span<const operation> all, std::span<const std::string_view> names) {
    std::string text;
    for (const operation& o : all) {
        text += "\n  task " + std::to_string(o.task) + ": ";
        text += names[static_cast<std::size_t>(o.what)];
        text += '(' + std::to_string(o.argument) + ')';
        text += o.returned == never ? " has not returned" : " -> " + std::to_string(o.result);
        if (o.choice != 0) text += " by case " + std::to_string(o.choice);
        text += ", from " + std::to_string(o.invoked);
        if (o.returned != never) text += " to " + std::to_string(o.returned);
    }
    return text;
}

}  // namespace explore
