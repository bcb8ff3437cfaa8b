#pragma once

#include <atomic>
#include <vector>

#include "patterns/pipeline/pipeline.hpp"

// Stages to test stages with.
namespace braid_test {

// 0, 1, ... n-1.
inline braid::receiver<int> numbers(braid::error_group& group, int n,
                                    const braid::stage_options& options = {}) {
    auto produce = [n](const braid::context& ctx, const braid::output<int>& out) {
        for (int i = 0; i < n; ++i)
            if (!out.send(ctx, i)) return;
    };
    return braid::source<int>(group, produce, options);
}

// The same without an end.
inline braid::receiver<int> all_numbers(braid::error_group& group, std::atomic<int>& sent,
                                        const braid::stage_options& options = {}) {
    auto produce = [&sent](const braid::context& ctx, const braid::output<int>& out) {
        for (int i = 0; out.send(ctx, i); ++i) ++sent;
    };
    return braid::source<int>(group, produce, options);
}

inline int square(int n) { return n * n; }

// All that comes out of `in`, until it is closed.
template <braid::receivable R, class T = typename R::value_type>
std::vector<T> received_from(const R& in) {
    std::vector<T> all;
    for (T v : in) all.push_back(std::move(v));
    return all;
}

}  // namespace braid_test
