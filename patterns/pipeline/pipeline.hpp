#pragma once

#include "patterns/pipeline/stage.hpp"

// Pipelines: stages that run at the same time, each a task that receives from the stage before it
// and sends to the next.
//
//     error_group group(ctx);
//     auto paths = source<fs::path>(group, [&](const context& ctx, const output<fs::path>& out) {
//         for (const auto& path : files)
//             if (!out.send(ctx, path)) return;
//     });
//     auto texts = transform(group, paths, read_file);
//     auto tables = transform(group, texts, count_words);
//     for (auto table : tables) total.add(table);  // the last stage is a receive loop
//     group.wait();                                // rethrows the first failure
//
// Invariants:
//   I1  A channel is closed by the stage that sends on it, once, when that stage has ended: by
//       return, by an exception, or because it was cancelled (PP-6).
//   I2  A stage waits under the group's context only, and ends when that is done: no stage outlives
//       its group, whatever its neighbours do.
//   I3  A stage that fails cancels the group before its output closes. So who finds a channel
//       closed while group.ctx() is not done has received all that there was.
//   I4  A value belongs to one stage at a time. After the send, the sender touches neither it nor
//       what it points to.
//   I5  No lock is held across a send or a receive: the other side may need that lock.
//   I6  The last consumer receives until the close and then waits for the group. One that leaves
//       earlier cancels: the context that it gave to the group, or, by an exception or a return,
//       the group that it has not waited for.
//
// A cancel from outside is no failure: the stages end, the channels close, wait returns. I3 tells
// such an end from a complete one: ask group.ctx().err() between the receive loop and wait, which
// ends that context itself.
//
// A limit of the group (set_limit) counts every task of every stage. Where it is lower, a stage is
// not started before another has ended, which may be waiting for just this one to receive: a
// deadlock (G-6). Leave the limit out, or let it be the number of those tasks at least.
//
// Memory ordering: what a stage does before it sends a value happens before what the next stage
// does with it (MM-2), and all that the stages do happens before the return of group.wait().
namespace braid {

// All of these start a task of `group` and return their output at once; they block only while the
// limit of the group is reached. What the function given to them throws is a failure of the group.
//
// They throw std::invalid_argument for a group without a context or a nil `in`, and what
// error_group::go throws. Then nobody receives from `in`, so the group is to be left as in I6.
// `where` is the place that the reports give for the stage.

// snippet: stages
// The first stage: produce(ctx, out) sends all there is, and returns as soon as a send is false.
template <class T, producer<T> Produce>
receiver<T> source(error_group& group, Produce produce, const stage_options& options = {},
                   place where = place::here()) {
    detail::check_group(group);
    const auto sent = make_channel<T>(options.capacity, where);
    auto task = [produce = std::move(produce), out = output<T>(sent)](const context& ctx) mutable {
        std::invoke(produce, ctx, std::as_const(out));
    };  // the one copy of `out` goes with the task: I1
    group.go({.name = detail::named(options, "source").name}, std::move(task), where);
    return sent;
}

// Any stage: body(ctx, in, out) receives and sends as it likes, but under `ctx` (I2): by
// in.until(ctx), in.receive(ctx), out.send(ctx, value), or a select that has ctx.done() as a case.
template <class Out, receivable R, class T = typename R::value_type, stage_body<T, Out> Body>
receiver<Out> stage(error_group& group, const R& in, Body body, const stage_options& options = {},
                    place where = place::here()) {
    detail::check_input(receiver<T>(in));
    auto produce = [body = std::move(body), in = receiver<T>(in)](const context& ctx,
                                                                  const output<Out>& out) mutable {
        std::invoke(body, ctx, std::as_const(in), out);
    };
    return source<Out>(group, std::move(produce), detail::named(options, "stage"), where);
}

// One to one and in order: f(item) or f(ctx, item) makes the result.
template <receivable R, class F, class T = typename R::value_type,
          class Out = detail::stage_result<F, T>>
receiver<Out> transform(error_group& group, const R& in, F f, const stage_options& options = {},
                        place where = place::here()) {
    auto body = [f = std::move(f)](const context& ctx, const receiver<T>& from,
                                   const output<Out>& out) mutable {
        for (T item : from.until(ctx))
            if (!out.send(ctx, detail::apply(ctx, f, std::move(item)))) return;
    };
    return stage<Out>(group, in, std::move(body), detail::named(options, "transform"), where);
}

// The items for which wanted(item) holds, in order.
template <receivable R, class T = typename R::value_type, std::predicate<const T&> F>
receiver<T> filter(error_group& group, const R& in, F wanted, const stage_options& options = {},
                   place where = place::here()) {
    auto body = [wanted = std::move(wanted)](const context& ctx, const receiver<T>& from,
                                             const output<T>& out) mutable {
        for (T item : from.until(ctx))
            if (wanted(std::as_const(item)) && !out.send(ctx, std::move(item))) return;
    };
    return stage<T>(group, in, std::move(body), detail::named(options, "filter"), where);
}
// snippet end

}  // namespace braid
