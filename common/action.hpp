#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <utility>

#include "common/runtime/spares.hpp"

namespace braid::detail {

// A function that is called at most once, without its type: it may be move-only, which
// std::function is not. Where a function has lost its type, code is compiled once and not again for
// each lambda.
class action {
public:
    action() = default;
    action(const action&) = delete;
    action& operator=(const action&) = delete;
    virtual ~action() = default;
    virtual void call() = 0;

    static void* operator new(std::size_t size) { return runtime::take_block(size); }
    static void operator delete(void* at, std::size_t size) noexcept {
        runtime::give_block(at, size);
    }
};

using action_ptr = std::unique_ptr<action>;

template <std::invocable F>
class action_of final : public action {
public:
    explicit action_of(F f) : f_(std::move(f)) {}
    void call() override { std::invoke(std::move(f_)); }

private:
    F f_;
};

template <std::invocable F>
action_ptr make_action(F f) {
    return action_ptr(new action_of<F>(std::move(f)));
}

}  // namespace braid::detail
