#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/task.hpp"

namespace braid {

// Calls f(), which blocks in the system: a read from a socket, fsync, getaddrinfo. On the fiber
// runtime that would hold up a worker, and all who wait for it, so there f runs in a thread of its
// own, and only the calling task waits. Returns what f returns, and rethrows what leaves it.
//
//     const ssize_t n = blocking([&] { return read(socket, buffer, size); });
//
// Costs the start of a thread. A call that takes less is better made directly.
template <std::invocable F>
std::invoke_result_t<F&> blocking(F f, place where = place::here()) {
    using result = std::invoke_result_t<F&>;
    if (!runtime::in_fiber()) return std::invoke(f);
    const task_options options{.name = "blocking", .own_thread = true};
    if constexpr (std::is_void_v<result>) {
        go(options, std::ref(f), where).join(where);
    } else {
        std::optional<result> r;
        go(
            options, [&] { r.emplace(std::invoke(f)); }, where)
            .join(where);
        return *std::move(r);
    }
}

}  // namespace braid
