#pragma once

#include <vector>

#include "patterns/pipeline/pipeline.hpp"

// Fan-out: several tasks receive from one channel, so that each item goes to whoever is free.
// Fan-in: their results come out of one channel.
//
//     error_group group(ctx);
//     auto paths  = walk(group, root);
//     auto counts = fan_out(group, paths, workers, count);  // as they are ready
//     for (auto c : counts) total += c;                     // the fan-in is a receive loop
//     group.wait();                                         // rethrows the first failure
//
// These are stages: the invariants of pipeline.hpp hold, with what it says about a cancel from
// outside and about the limit of a group. Here they say in particular:
//   I1  The results are closed once, by whichever worker ends last: each holds a copy of the
//       output, and nobody calls close (PP-2).
//   I2  A worker waits under the group's context only: one that nobody listens to any more ends.
//   I3  Workers share nothing but the two channels. Each has its own copy of `f`; what that refers
//       to is shared by all, and is theirs to protect. A total is made by the one who receives.
//   I4  The first failure stops the dealing out: the other workers end after the item they are at.
//   I5  Receive until the close, then wait. Before it, wait would wait for workers that wait for a
//       receiver.
//
// Memory ordering: what comes before the send of an item happens before f(item), and that before
// the receive of its result (MM-2).
namespace braid {

namespace detail {

inline void check_workers(std::size_t workers) {
    if (workers == 0)
        throw std::invalid_argument(
            "fan_out: with 0 workers nothing would ever be received; give it at least 1");
}

}  // namespace detail

// All of these return and throw as the stages of pipeline.hpp do, and std::invalid_argument also if
// `workers` is 0. f(item) or f(ctx, item) makes a result, in `workers` tasks at the same time.

// snippet: fan_out
// The results as they are ready, in any order.
template <receivable R, std::copy_constructible F, class T = typename R::value_type,
          class Out = detail::stage_result<F, T>>
receiver<Out> fan_out(error_group& group, const R& in, std::size_t workers, F f,
                      const stage_options& options = {}, place where = place::here()) {
    detail::check_group(group);
    detail::check_input(receiver<T>(in));
    detail::check_workers(workers);
    const auto results = make_channel<Out>(options.capacity, where);
    const output<Out> out(results);
    auto work = [f = std::move(f), from = receiver<T>(in), out](const context& ctx) mutable {
        for (T item : from.until(ctx))
            if (!out.send(ctx, detail::apply(ctx, f, std::move(item)))) return;
    };
    const task_options task{.name = detail::named(options, "fan_out").name};
    for (std::size_t i = 0; i < workers; ++i) group.go(task, work, where);  // copies: I1, I3
    return results;
}
// snippet end

// snippet: fan_out_ordered
// The results in the order of their items. A slow item holds up the results behind it, not the
// workers: up to workers + options.capacity + 2 items are under way, that is, received from `in`
// and their results not yet received. Runs two tasks more than fan_out.
template <receivable R, std::copy_constructible F, class T = typename R::value_type,
          class Out = detail::stage_result<F, T>>
receiver<Out> fan_out_ordered(error_group& group, const R& in, std::size_t workers, F f,
                              const stage_options& options = {}, place where = place::here()) {
    detail::check_input(receiver<T>(in));
    detail::check_workers(workers);
    struct job {
        T item;
        sender<Out> result;
    };
    const stage_options named = detail::named(options, "fan_out_ordered");
    const auto jobs = make_channel<job>(0, where);
    // Each item gets a channel for its result. The jobs go to the workers, who finish them in any
    // order; the channels go to the collector, in the order of the items.
    auto deal = [deal_to = output<job>(jobs)](const context& ctx, const receiver<T>& from,
                                              const output<receiver<Out>>& order) {
        for (T item : from.until(ctx)) {
            const auto result = make_channel<Out>(1);  // with room: no worker waits to send
            if (!order.send(ctx, result.in())) return;
            if (!deal_to.send(ctx, job{std::move(item), result.out()})) return;
        }
    };
    const auto order = stage<receiver<Out>>(group, in, std::move(deal),
                                            {named.name, workers + options.capacity}, where);
    auto work = [f = std::move(f), jobs = jobs.in()](const context& ctx) mutable {
        for (job j : jobs.until(ctx)) j.result.send(detail::apply(ctx, f, std::move(j.item)));
    };
    for (std::size_t i = 0; i < workers; ++i) group.go({.name = named.name}, work, where);
    auto collect = [](const context& ctx, const receiver<receiver<Out>>& in_order,
                      const output<Out>& out) {
        for (const receiver<Out>& result : in_order.until(ctx)) {
            received<Out> r = result.receive(ctx);
            if (!r || !out.send(ctx, *std::move(r))) return;
        }
    };
    return stage<Out>(group, order, std::move(collect), {named.name, 0}, where);
}
// snippet end

// snippet: fan_in
// Whatever comes on any of the inputs, each in its own order; closed once all of them are, so at
// once if there are none. Copies by one task for each input.
template <class T>
receiver<T> fan_in(error_group& group, const std::vector<receiver<T>>& inputs,
                   const stage_options& options = {}, place where = place::here()) {
    detail::check_group(group);
    for (const receiver<T>& in : inputs) detail::check_input(in);
    const auto merged = make_channel<T>(options.capacity, where);
    const output<T> out(merged);
    const task_options task{.name = detail::named(options, "fan_in").name};
    for (const receiver<T>& in : inputs) {
        auto copy = [in, out](const context& ctx) {
            for (T item : in.until(ctx))
                if (!out.send(ctx, std::move(item))) return;
        };
        group.go(task, std::move(copy), where);
    }
    return merged;
}
// snippet end

}  // namespace braid
