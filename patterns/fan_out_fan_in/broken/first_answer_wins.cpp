// fan_out_fan_in.2  The first answer is taken, the others stay blocked (FF1)
// Breaks:  I2, a worker that nobody listens to any more ends
// Seen in: kubernetes/kubernetes#5316; moby/moby#4395; google/cadvisor#2549
// Expect:  plain=ok asan=ok tsan=ok leak=leak@BUG explore=leak@BUG
// Reading: Two tasks are left at the end of main. Both are blocked in the send on the marked line,
//          on a channel without room, and nobody will receive from it again. The result is right
//          and nothing crashes: every other tool is silent, and a server that does this for each
//          request runs out of memory on some later day.

#include <cstdio>
#include <string>

#include "common/channel.hpp"
#include "common/task.hpp"

using namespace braid;

std::string ask(const std::string& replica, const std::string& question) {
    return replica + " knows " + question;
}

std::string first_answer(const std::string& question) {
    const auto answers = make_channel<std::string>();
    for (const char* replica : {"a", "b", "c"})
        go({.name = replica}, [=] {
            answers.send(ask(replica, question));  // BUG
        }).detach();
    return *answers.receive();
}

int main() { std::printf("%s\n", first_answer("the way").c_str()); }
