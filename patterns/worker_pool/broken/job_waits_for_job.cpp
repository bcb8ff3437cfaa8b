// worker_pool.2  A job waits for jobs of its own pool                  (WP2)
// Breaks:  I6, a job does not wait for its own pool
// Seen in: bshoshany/thread-pool#95, #142; TileDB-Inc/TileDB#1757; OpenImageIO#1560; gdal#6389
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: Look at the workers: all are blocked, and all in the same receive, each waiting for a
//          reply. Who should send it? A job that is in the queue, for which there is no worker
//          left. There is no cycle to be seen, because a job that waits in a queue is no task. The
//          number of workers does not matter: a tree that is deep enough uses up as many as there
//          are.

#include <cstdio>

#include "patterns/worker_pool/worker_pool.hpp"

using namespace braid;

struct request {
    int depth;
    sender<int> reply;
};

int main() {
    worker_pool<request>* self = nullptr;
    const auto count_nodes = [&](const context& ctx, const request& r) {
        int nodes = 1;
        if (r.depth > 0) {
            const auto below = make_channel<int>(2);
            for (int child = 0; child < 2; ++child)
                if (!self->submit(ctx, {r.depth - 1, below})) return;
            nodes += *below.receive() + *below.receive();  // BUG
        }
        r.reply.send(nodes);
    };
    worker_pool<request> pool(background(), {.workers = 2, .queue = 64}, count_nodes);
    self = &pool;
    const auto total = make_channel<int>(1);
    if (pool.submit(background(), {3, total})) std::printf("%d nodes\n", *total.receive());
    pool.drain();
}
