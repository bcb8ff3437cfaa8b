// A release build has no registry: what it would record in has no members, and what it would call
// is empty and inline. Linked with the library as users of a release build get it.
#include <chrono>
#include <thread>
#include <type_traits>

#include "common/select.hpp"
#include "common/task.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/wait_group/wait_group.hpp"

static_assert(BRAID_LIFECYCLE == 0);
static_assert(std::is_empty_v<braid::registry::subject>);
static_assert(std::is_empty_v<braid::registry::target>);
static_assert(std::is_empty_v<braid::registry::wait>);
static_assert(std::is_empty_v<braid::registry::resource>);

// Lock, queue and counter, and nothing beside them.
static_assert(sizeof(braid::wait_group) == 4 * sizeof(void*));

namespace {

using namespace braid;
using namespace std::chrono_literals;

// Nobody is asleep for ever here, though all tasks are for a while.
bool works() {
    const auto ch = make_channel<int>();
    task sender = go([=] { ch.send(7); });
    if (*ch.receive() != 7) return false;
    task late = go([=] {
        this_task::sleep_for(20ms);
        ch.send(8);
    });
    if (*ch.receive() != 8) return false;
    std::thread unknown([=] {
        std::this_thread::sleep_for(20ms);  // and Braid has never heard of it
        ch.send(9);
    });
    const bool received = *ch.receive() == 9;
    unknown.join();
    return received;
}

}  // namespace

int main(int argc, char**) {
    if (argc > 1) {  // a deadlock: of main, two tasks and a thread
        const auto ch = make_channel<int>();
        const task a = go([=] { static_cast<void>(ch.receive()); });
        const task b = go([=] { static_cast<void>(ch.receive()); });
        std::thread([=] { static_cast<void>(ch.receive()); }).detach();
        static_cast<void>(ch.receive());
    }
    return works() ? 0 : 1;
}
