#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "common/output.hpp"
#include "patterns/error_group/error_group.hpp"

// What the functions that start stages share.
namespace braid {

struct stage_options {
    std::string_view name = {};  // of its tasks, for the reports; else that of the function
    std::size_t capacity = 0;    // how many results it may have ready before they are received
};

// What stage and source run as their task.
template <class F, class T, class Out>
concept stage_body = requires(F& f, const context& ctx, const receiver<T>& in,
                              const output<Out>& out) {
    std::invoke(f, ctx, in, out);
};
template <class F, class T>
concept producer = requires(F& f, const context& ctx, const output<T>& out) {
    std::invoke(f, ctx, out);
};

namespace detail {

inline stage_options named(const stage_options& options, std::string_view otherwise) {
    return {options.name.empty() ? otherwise : options.name, options.capacity};
}

// What can go wrong for good is told before a task is started.
inline void check_group(const error_group& group) {
    if (!group.ctx().done())
        throw std::invalid_argument(
            "stage: a group without a context cannot stop its stages; give it one, as in "
            "error_group group(ctx)");
}
template <class T>
void check_input(const receiver<T>& in) {
    if (!in)
        throw std::invalid_argument(
            "stage: the input is the nil channel, on which nothing ever comes; give it the output "
            "of another stage");
}

template <class F, class T>
concept takes_context = std::invocable<F&, const context&, T>;

// f(ctx, item) if f can be called so, else f(item).
template <class F, class T>
auto apply(const context& ctx, F& f, T&& item) {
    if constexpr (takes_context<F, T>)
        return std::invoke(f, ctx, std::forward<T>(item));
    else
        return std::invoke(f, std::forward<T>(item));
}

// What that makes of a T.
template <class F, class T>
using stage_result = std::decay_t<
    typename std::conditional_t<takes_context<F, T>, std::invoke_result<F&, const context&, T>,
                                std::invoke_result<F&, T>>::type>;

}  // namespace detail

}  // namespace braid
