#pragma once

#include <atomic>
#include <functional>

#include "common/task.hpp"
#include "patterns/context/context.hpp"

namespace braid {

namespace detail {

class after_node final : public cancel_listener {
public:
    after_node(std::function<void()> f, place made) : f_(std::move(f)), made_(made) {}
    cancel_node* canceled(std::error_code, const std::exception_ptr&,
                          std::vector<std::stop_source>&) noexcept override;

    std::atomic<bool> stopped{false};

private:
    std::function<void()> f_;
    place made_;
    task running_;  // started under the canceler's lock, joined by the destructor
};

}  // namespace detail

// The registration of a function that runs when a context is done.
class [[nodiscard("a registration that is not kept is stopped at once")]] after_func_stop {
public:
    after_func_stop(const context& ctx, std::function<void()> f, place made);
    after_func_stop(after_func_stop &&) noexcept = default;
    after_func_stop& operator=(after_func_stop&&) = delete;

    // Stops, and waits for f if it has been started. So (I5) a registration does not end under a
    // lock that f needs, and f does not end its own. An exception that left f ends the process.
    ~after_func_stop();

    // True if this call prevented f; false if f was started before, or this was called before
    // (CX-25). Does not wait for f. From any task.
    bool operator()();

private:
    context ctx_;
    std::unique_ptr<detail::after_node> node_;
};

// Runs f() once, as a task of its own, when `ctx` is done; at once if it is already (CX-24).
// Memory ordering: the cancel happens before f.
inline after_func_stop after_func(const context& ctx, std::function<void()> f,
                                  place made = place::here()) {
    return {ctx, std::move(f), made};
}

// Starts f(child) as a task under a context of its own, a child of `ctx`. The destructor of the
// task cancels that child, then waits, as std::jthread does.
template <std::invocable<const context&> F>
task go(const task_options& options, const context& ctx, F f, place where = place::here()) {
    scoped_context own = with_cancel(ctx, where);
    auto stop = [child = own.get()] { detail::cancel(child.node(), nullptr); };
    auto body = [own = std::move(own), f = std::move(f)]() mutable { std::invoke(f, own.get()); };
    return detail::start(options, detail::make_action(std::move(body)), where,
                         detail::make_action(std::move(stop)));
}
template <std::invocable<const context&> F>
task go(const context& ctx, F f, place where = place::here()) {
    return go(task_options{}, ctx, std::move(f), where);
}

}  // namespace braid
