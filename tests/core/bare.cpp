// A release build has no registry: what it would record in has no members, and what it would call
// is empty and inline. Linked with the library as users of a release build get it.
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

int main() {
    const auto ch = braid::make_channel<int>();
    braid::task sender = braid::go([=] { ch.send(7); });
    return *ch.receive() == 7 ? 0 : 1;
}
