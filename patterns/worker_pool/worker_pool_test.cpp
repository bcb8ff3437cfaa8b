// The worker pools of Go by Example (BX-1, BX-3, BX-7), Effective Go's channels of channels (EF-3)
// and the pool of x/sync's semaphore example, by behaviour; and what C++ adds: jobs that move,
// failures, lifetimes, and both ways to end against submitters that go on.
//
// Not tested, because it is not promised: which worker gets a job, and the order of results.
#include "patterns/worker_pool/worker_pool.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/select.hpp"
#include "patterns/mutex/mutex.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/child.hpp"

namespace braid::worker_pool_test {

using namespace std::chrono_literals;
using braid_test::child;
using braid_test::dies_of;
using braid_test::exits;
using braid_test::repeat;
using braid_test::thrown_by;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class WorkerPoolTest : public braid_test::fixture {};
class WorkerPoolDeathTest : public ::testing::Test {};

using boxed = std::unique_ptr<int>;

// Holds jobs up until it is opened, and tells how many it holds.
struct gate {
    channel<unit> opened = make_channel<unit>();
    std::atomic<int> held{0};

    void pass() {
        ++held;
        opened.receive();
    }
    bool pass(const context& ctx) {
        ++held;
        return opened.receive(ctx).status == receive_status::closed;
    }
    void open() const { opened.close(); }
};

// --- Jobs, workers, results ----------------------------------------------------------------------

TEST_F(WorkerPoolTest, ThreeWorkersDoubleFiveJobs) {  // BX-1
    worker_pool<int, int> pool(background(), {.workers = 3, .queue = 5},
                               [](int j) { return 2 * j; });
    task feeder = go([&] {
        for (int j = 1; j <= 5; ++j) EXPECT_TRUE(pool.submit(background(), j));
        pool.close();
    });
    std::multiset<int> results;
    for (const int r : pool.results()) results.insert(r);
    EXPECT_EQ(results, (std::multiset<int>{2, 4, 6, 8, 10}));
    EXPECT_EQ(pool.drain(), 0U);
    EXPECT_EQ(pool.done(), 5U);
}

// The worker pool of x/sync's semaphore: the steps of Collatz for 1..32.
TEST_F(WorkerPoolTest, TheCollatzStepsComeOutAsInGo) {
    const std::vector<int> expected{0,  1,  7,  2, 5, 8,  16, 3,  19, 6,  14,  9,  9,  17, 17,  4,
                                    12, 20, 20, 7, 7, 15, 15, 10, 23, 10, 111, 18, 18, 18, 106, 5};
    std::vector<int> steps(32);
    worker_pool<int> pool(background(), {.workers = 4}, [&](int i) {
        for (int n = i + 1; n != 1; n = n % 2 == 0 ? n / 2 : 3 * n + 1)
            ++steps[static_cast<std::size_t>(i)];
    });
    for (int i = 0; i < 32; ++i) ASSERT_TRUE(pool.submit(background(), i));
    EXPECT_EQ(pool.drain(), 0U);
    EXPECT_EQ(steps, expected);
}

// EF-3: the request brings the channel for its reply.
TEST_F(WorkerPoolTest, ARequestCarriesItsReply) {
    struct request {
        std::vector<int> numbers;
        sender<int> reply;
    };
    worker_pool<request> pool(background(), {.workers = 2}, [](const context& ctx, request r) {
        int sum = 0;
        for (const int n : r.numbers) sum += n;
        static_cast<void>(r.reply.send(ctx, sum));
    });
    const auto reply = make_channel<int>();
    ASSERT_TRUE(pool.submit(background(), request{{3, 4, 5}, reply}));
    EXPECT_EQ(*reply.receive(), 12);
    pool.drain();
}

TEST_F(WorkerPoolTest, OneWorkerTakesThemInOrder) {  // BX-3, CH-6
    std::vector<int> seen;
    worker_pool<int> pool(background(), {.queue = 3}, [&](int j) { seen.push_back(j); });
    for (int j = 0; j < 100; ++j) ASSERT_TRUE(pool.submit(background(), j));
    pool.drain();
    ASSERT_EQ(seen.size(), 100U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(WorkerPoolTest,
       AllWorkersWorkAtTheSameTimeAndNoMore) {  // I3; WP7 is the pool that has no bound
    gate g;
    std::atomic<int> begun{0};
    worker_pool<int> pool(background(), {.workers = 3, .queue = 7}, [&](int) {
        ++begun;
        g.pass();
    });
    for (int j = 0; j < 10; ++j) ASSERT_TRUE(pool.submit(background(), j));
    lifecycle::settle();
    EXPECT_EQ(begun, 3);
    g.open();
    pool.drain();
    EXPECT_EQ(begun, 10);
}

TEST_F(WorkerPoolTest, EachWorkerHasItsOwnCopyOfTheFunction) {  // I7
    mutex m;
    std::map<int*, int> calls;  // by the copy's own counter
    gate g;
    worker_pool<int> pool(background(), {.workers = 2}, [&, own = 0](int) mutable {
        ++own;
        {
            const std::scoped_lock lock(m);
            calls[&own] = own;
        }
        g.pass();
    });
    for (int j = 0; j < 2; ++j) ASSERT_TRUE(pool.submit(background(), j));
    lifecycle::settle();
    g.open();
    pool.drain();
    ASSERT_EQ(calls.size(), 2U);
    for (const auto& [own, n] : calls) EXPECT_EQ(n, 1);
}

TEST_F(WorkerPoolTest, ResultsAndJobsMayBeMoveOnly) {
    worker_pool<boxed, boxed> pool(background(), {.results = 1}, [](boxed j) {
        ++*j;
        return j;
    });
    ASSERT_TRUE(pool.submit(background(), std::make_unique<int>(41)));
    EXPECT_EQ(**pool.results().receive(), 42);
    pool.drain();
}

TEST_F(WorkerPoolTest, PlainThreadsMaySubmit) {
    std::atomic<int> sum{0};
    worker_pool<int> pool(background(), {.workers = 2, .queue = 1}, [&](int j) { sum += j; });
    std::vector<std::thread> threads;
    threads.reserve(3);
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&] {
            for (int j = 1; j <= 20; ++j) EXPECT_TRUE(pool.submit(background(), j));
        });
    for (std::thread& t : threads) t.join();
    EXPECT_EQ(pool.drain(), 0U);
    EXPECT_EQ(sum, 3 * 210);
}

// --- Back-pressure -------------------------------------------------------------------------------

TEST_F(WorkerPoolTest, SubmitBlocksWhileTheQueueIsFull) {  // I3, CH-5
    gate g;
    worker_pool<int> pool(background(), {.workers = 1, .queue = 2}, [&](int) { g.pass(); });
    ASSERT_TRUE(pool.submit(background(), 0));
    lifecycle::settle();  // the worker has it
    ASSERT_TRUE(pool.try_submit(1));
    ASSERT_TRUE(pool.try_submit(2));
    EXPECT_FALSE(pool.try_submit(3));
    task blocked = go([&] { EXPECT_TRUE(pool.submit(background(), 3)); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(blocked));
    EXPECT_EQ(pool.done(), 0U);
    g.open();
    blocked.join();
    EXPECT_EQ(pool.drain(), 0U);
    EXPECT_EQ(pool.done(), 4U);
}

TEST_F(WorkerPoolTest, WithoutAQueueSubmitWaitsForAFreeWorker) {  // CH-4
    gate g;
    worker_pool<int> pool(background(), {.workers = 1}, [&](int) { g.pass(); });
    ASSERT_TRUE(pool.submit(background(), 0));
    EXPECT_FALSE(pool.try_submit(1));
    g.open();
    lifecycle::settle();
    EXPECT_TRUE(pool.try_submit(1)) << "the worker waits for a job";
    pool.drain();
}

TEST_F(WorkerPoolTest, AResultThatNobodyTakesHoldsItsWorkerUp) {
    worker_pool<int, int> pool(background(), {.workers = 1, .results = 1}, [](int j) { return j; });
    ASSERT_TRUE(pool.submit(background(), 0));
    ASSERT_TRUE(pool.submit(background(), 1));
    lifecycle::settle();  // one result in the buffer, one in the worker's hands
    EXPECT_FALSE(pool.try_submit(2));
    EXPECT_EQ(*pool.results().receive(), 0);
    lifecycle::settle();
    EXPECT_TRUE(pool.try_submit(2));
    EXPECT_EQ(pool.stop(), 0U) << "stop waits for no receiver";
    EXPECT_EQ(pool.done(), 3U);
}

// --- A job that is refused -----------------------------------------------------------------------

TEST_F(WorkerPoolTest, ARefusedJobStaysWithItsOwner) {  // I1
    gate g;
    worker_pool<boxed> pool(background(), {.workers = 1, .queue = 1}, [&](boxed) { g.pass(); });
    ASSERT_TRUE(pool.submit(background(), std::make_unique<int>(0)));
    lifecycle::settle();
    ASSERT_TRUE(pool.submit(background(), std::make_unique<int>(1)));
    auto job = std::make_unique<int>(7);
    const int* const ours = job.get();
    EXPECT_FALSE(pool.try_submit(std::move(job)));  // full
    ASSERT_NE(job, nullptr);
    auto ctx = with_cancel(background());
    task gives_up = go([&] { EXPECT_FALSE(pool.submit(ctx, std::move(job))); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(gives_up));
    ctx.cancel();
    gives_up.join();
    ASSERT_NE(job, nullptr);
    EXPECT_FALSE(pool.submit(ctx, std::move(job))) << "a context that is done wins";
    ASSERT_NE(job, nullptr);
    pool.close();
    EXPECT_FALSE(pool.submit(background(), std::move(job)));
    EXPECT_FALSE(pool.try_submit(std::move(job)));
    EXPECT_EQ(job.get(), ours);
    g.open();
    EXPECT_EQ(pool.drain(), 0U);
    EXPECT_EQ(pool.done(), 2U);
}

TEST_F(WorkerPoolTest, ACloseReleasesWhoeverIsBlockedInSubmit) {  // I2, CH-13
    gate g;
    worker_pool<boxed> pool(background(), {.workers = 1}, [&](boxed) { g.pass(); });
    ASSERT_TRUE(pool.submit(background(), std::make_unique<int>(0)));
    std::array<boxed, 3> jobs;
    std::vector<task> blocked;
    blocked.reserve(jobs.size());
    for (boxed& job : jobs) {
        job = std::make_unique<int>(1);
        blocked.push_back(go([&] { EXPECT_FALSE(pool.submit(background(), std::move(job))); }));
    }
    lifecycle::settle();
    pool.close();
    pool.close();  // again: nothing
    for (task& t : blocked) t.join();
    for (const boxed& job : jobs) EXPECT_NE(job, nullptr);
    g.open();
    EXPECT_EQ(pool.drain(), 0U);
    EXPECT_EQ(pool.done(), 1U);
}

// --- Graceful ------------------------------------------------------------------------------------

TEST_F(WorkerPoolTest, DrainFinishesWhatWasAccepted) {  // I4; WP3 returns at the first idle moment
    gate g;
    worker_pool<int> pool(background(), {.workers = 2, .queue = 4}, [&](int) { g.pass(); });
    for (int j = 0; j < 6; ++j) ASSERT_TRUE(pool.submit(background(), j));
    task drains = go([&] {
        EXPECT_EQ(pool.drain(), 0U);
        EXPECT_EQ(pool.done(), 6U);
    });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(drains));
    EXPECT_FALSE(pool.try_submit(6));
    g.open();
    drains.join();
    EXPECT_EQ(pool.drain(), 0U);  // again: nothing more
}

TEST_F(WorkerPoolTest, DrainOfAnIdlePoolReturns) {
    worker_pool<int> pool(background(), {.workers = 3}, [](int) {});
    EXPECT_EQ(pool.drain(), 0U);
    EXPECT_EQ(pool.stop(), 0U);
    EXPECT_EQ(pool.done(), 0U);
}

TEST_F(WorkerPoolTest, TheResultsCloseWhenTheLastWorkerHasLeft) {
    gate g;
    worker_pool<int, int> pool(background(), {.workers = 3, .results = 4}, [&](int j) {
        if (j == 0) g.pass();
        return j;
    });
    for (int j = 0; j < 3; ++j) ASSERT_TRUE(pool.submit(background(), j));
    pool.close();
    EXPECT_GT(*pool.results().receive(), 0);
    EXPECT_GT(*pool.results().receive(), 0);
    lifecycle::settle();
    EXPECT_EQ(pool.results().try_receive().status, receive_status::would_block);
    g.open();
    EXPECT_EQ(*pool.results().receive(), 0);
    EXPECT_EQ(pool.results().receive().status, receive_status::closed);
    pool.drain();
}

// A drain with a deadline, as a server has it.
TEST_F(WorkerPoolTest, ADeadlineCutsADrainShort) {
    worker_pool<int> pool(background(), {.workers = 1, .queue = 3},
                          [](const context& ctx, int) { ctx.done().receive(); });
    for (int j = 0; j < 3; ++j) ASSERT_TRUE(pool.submit(background(), j));
    lifecycle::settle();
    auto patience = with_timeout(background(), 5ms);
    task at_the_deadline = go([&] {
        patience.done().receive();
        pool.stop();
    });
    EXPECT_EQ(pool.drain(), 2U);
    EXPECT_EQ(pool.done(), 1U);
}

// --- Immediate -----------------------------------------------------------------------------------

TEST_F(WorkerPoolTest, StopCancelsWhatRunsAndDropsWhatWaits) {  // I5
    gate g;
    std::atomic<int> cancelled{0};
    const auto kept = std::make_shared<int>(0);
    worker_pool<std::shared_ptr<int>> pool(background(), {.workers = 2, .queue = 3},
                                           [&](const context& ctx, std::shared_ptr<int>) {
                                               if (!g.pass(ctx)) ++cancelled;
                                           });
    for (int j = 0; j < 5; ++j) ASSERT_TRUE(pool.submit(background(), kept));
    lifecycle::settle();
    EXPECT_EQ(pool.stop(), 3U);
    EXPECT_EQ(cancelled, 2);
    EXPECT_EQ(pool.done(), 2U);
    EXPECT_EQ(kept.use_count(), 1) << "a dropped job is still held";
    EXPECT_FALSE(pool.try_submit(kept));
    EXPECT_EQ(pool.stop(), 3U);
    EXPECT_EQ(pool.drain(), 3U);
}

TEST_F(WorkerPoolTest, StopWaitsForAJobThatDoesNotLook) {  // I5
    gate g;
    worker_pool<int> pool(background(), {.workers = 1}, [&](int) { g.pass(); });
    ASSERT_TRUE(pool.submit(background(), 0));
    task stops = go([&] { EXPECT_EQ(pool.stop(), 0U); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(stops));
    g.open();
    stops.join();
    EXPECT_EQ(pool.done(), 1U);
}

TEST_F(WorkerPoolTest, StopCutsADrainShort) {
    gate g;
    worker_pool<int> pool(background(), {.workers = 1, .queue = 5},
                          [&](const context& ctx, int) { g.pass(ctx); });
    for (int j = 0; j < 5; ++j) ASSERT_TRUE(pool.submit(background(), j));
    lifecycle::settle();
    task drains = go([&] { EXPECT_EQ(pool.drain(), 4U); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(drains));
    EXPECT_EQ(pool.stop(), 4U);
    drains.join();
}

TEST_F(WorkerPoolTest, StopsWhenItsContextIsDone) {
    gate g;
    auto ctx = with_cancel(background());
    worker_pool<int> pool(ctx, {.workers = 1, .queue = 2},
                          [&](const context& under, int) { g.pass(under); });
    for (int j = 0; j < 3; ++j) ASSERT_TRUE(pool.submit(background(), j));
    lifecycle::settle();
    task blocked = go([&] { EXPECT_FALSE(pool.submit(background(), 3)); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(blocked));
    ctx.cancel();
    blocked.join();
    EXPECT_FALSE(pool.try_submit(3));
    EXPECT_EQ(pool.drain(), 2U);
    EXPECT_EQ(pool.done(), 1U);
}

TEST_F(WorkerPoolTest, AContextThatIsDoneAlreadyLetsNothingIn) {
    auto ctx = with_cancel(background());
    ctx.cancel();
    worker_pool<int> pool(ctx, {.queue = 8}, [](int) { ADD_FAILURE() << "ran"; });
    EXPECT_FALSE(pool.submit(background(), 1));
    EXPECT_EQ(pool.drain(), 0U);
}

TEST_F(WorkerPoolTest, TheDestructorStopsAndWaits) {
    const auto kept = std::make_shared<int>(0);
    std::atomic<bool> ended{false};
    {
        worker_pool<std::shared_ptr<int>, int> pool(
            background(), {.workers = 1, .queue = 4},
            [&](const context& ctx, const std::shared_ptr<int>&) {
                ctx.done().receive();
                ended = true;
                return 1;  // that nobody will take
            });
        for (int j = 0; j < 4; ++j) ASSERT_TRUE(pool.submit(background(), kept));
    }
    EXPECT_TRUE(ended || kept.use_count() == 1);
    EXPECT_EQ(kept.use_count(), 1);
}

// --- Failures ------------------------------------------------------------------------------------

TEST_F(WorkerPoolTest, TheFirstFailureStopsThePoolAndIsRethrown) {  // EG-1, EG-3
    gate g;
    worker_pool<int> pool(background(), {.workers = 2, .queue = 8}, [&](const context& ctx, int j) {
        if (j == 0) {
            g.pass();
            throw std::runtime_error("job 0");
        }
        ctx.done().receive();
    });
    for (int j = 0; j < 6; ++j) ASSERT_TRUE(pool.submit(background(), j));
    lifecycle::settle();
    g.open();
    EXPECT_EQ(thrown_by<std::runtime_error>([&] { pool.drain(); }), "job 0");
    EXPECT_EQ(thrown_by<std::runtime_error>([&] { pool.stop(); }), "job 0");
    EXPECT_EQ(pool.done(), 2U) << "one failed, one was cancelled";
    EXPECT_EQ(pool.dropped(), 4U);
    EXPECT_FALSE(pool.submit(background(), 6));
}

TEST_F(WorkerPoolTest, AFailureReleasesSubmittersAndClosesTheResults) {
    gate g;
    worker_pool<int, int> pool(background(), {.workers = 1}, [&](int) -> int {
        g.pass();
        throw std::runtime_error("broken");
    });
    ASSERT_TRUE(pool.submit(background(), 0));
    task blocked = go([&] { EXPECT_FALSE(pool.submit(background(), 1)); });
    lifecycle::settle();
    EXPECT_TRUE(lifecycle::parked(blocked));
    g.open();
    EXPECT_EQ(pool.results().receive().status, receive_status::closed);
    blocked.join();
    EXPECT_EQ(thrown_by<std::runtime_error>([&] { pool.drain(); }), "broken");
    EXPECT_EQ(pool.dropped(), 0U);
}

TEST_F(WorkerPoolTest, AFailureOfOneJobCanBeItsResult) {
    struct outcome {
        int job;
        std::string problem;
    };
    worker_pool<int, outcome> pool(background(), {.workers = 2, .results = 9}, [](int j) {
        try {
            if (j % 3 == 0) throw std::runtime_error("threes are bad");
            return outcome{j, ""};
        } catch (const std::exception& e) {
            return outcome{j, e.what()};
        }
    });
    for (int j = 1; j <= 9; ++j) ASSERT_TRUE(pool.submit(background(), j));
    EXPECT_EQ(pool.drain(), 0U);
    int bad = 0;
    for (const outcome& o : pool.results()) {
        EXPECT_EQ(o.problem.empty(), o.job % 3 != 0);
        bad += o.problem.empty() ? 0 : 1;
    }
    EXPECT_EQ(bad, 3);
}

TEST_F(WorkerPoolDeathTest, AFailureThatNobodyAsksForEndsTheProcess) {
    EXPECT_EXIT(child([] {
                    worker_pool<int> pool(background(), {},
                                          [](int) { throw std::runtime_error("nobody saw this"); });
                    static_cast<void>(pool.submit(background(), 1));
                }),
                dies_of(SIGABRT), HasSubstr("nobody saw this"));
}

// --- Jobs that know their pool -------------------------------------------------------------------

// What a job may do: offer more work, and do it itself where there is no room (I6).
TEST_F(WorkerPoolTest, AJobMayOfferMoreWorkIfItDoesNotWait) {
    std::atomic<int> leaves{0};
    wait_group offered;
    worker_pool<int>* more = nullptr;
    const auto walk = [&](int depth) {
        const auto descend = [&](int d, const auto& self) -> void {
            if (d == 0) {
                ++leaves;
                return;
            }
            for (int child = 0; child < 2; ++child) {
                offered.add(1);
                if (more->try_submit(d - 1)) continue;
                self(d - 1, self);
                offered.done();
            }
        };
        descend(depth, descend);
        offered.done();
    };
    worker_pool<int> pool(background(), {.workers = 3, .queue = 4}, walk);
    more = &pool;
    offered.add(1);
    ASSERT_TRUE(pool.submit(background(), 8));
    offered.wait();
    EXPECT_EQ(pool.drain(), 0U);
    EXPECT_EQ(leaves, 256);
}

TEST_F(WorkerPoolTest, AJobMayCloseItsPool) {
    worker_pool<int>* self = nullptr;
    worker_pool<int> pool(background(), {}, [&](int) { self->close(); });
    self = &pool;
    ASSERT_TRUE(pool.submit(background(), 1));
    EXPECT_EQ(pool.drain(), 0U);
}

TEST_F(WorkerPoolDeathTest, AJobThatWaitsForAJobOfItsPoolIsADeadlock) {  // WP2, I6
    EXPECT_EXIT(child([] {
                    struct request {
                        int n;
                        sender<int> reply;
                    };
                    worker_pool<request>* self = nullptr;
                    worker_pool<request> pool(
                        background(), {.workers = 1, .queue = 4, .name = "adder"}, [&](request r) {
                            const auto reply = make_channel<int>(1);
                            if (r.n > 0 && self->try_submit(request{r.n - 1, reply}))
                                r.n += *reply.receive();
                            r.reply.send(r.n);
                        });
                    self = &pool;
                    const auto reply = make_channel<int>(1);
                    static_cast<void>(pool.submit(background(), request{2, reply}));
                    reply.receive();
                }),
                exits(braid_test::deadlock_status),
                AllOf(HasSubstr("all tasks are asleep - deadlock!"),
                      ContainsRegex("task #[0-9]+ \"adder\"[^\n]*\n    blocked in receive at")));
}

TEST_F(WorkerPoolDeathTest, ADrainByTheOneWhoShouldReceiveIsADeadlock) {
    EXPECT_EXIT(child([] {
                    worker_pool<int, int> pool(background(), {}, [](int j) { return j; });
                    static_cast<void>(pool.submit(background(), 1));
                    pool.drain();
                }),
                exits(braid_test::deadlock_status),
                ContainsRegex("task #[0-9]+ \"worker\"[^\n]*\n    blocked in send at"));
}

TEST_F(WorkerPoolTest, APoolWithoutWorkersIsRefused) {
    using pool = worker_pool<int>;
    EXPECT_THROW(pool(background(), {.workers = 0}, [](int) {}), std::invalid_argument);
}

// --- Both ways to end, against submitters that go on
// -----------------------------------------------

enum class ending { drain, stop, both, context, failure };

// Counts for itself what was accepted, refused and done, so that the pool's own word is checked.
void end_while_all_submit(ending how, int queue) {
    constexpr int submitters = 4;
    auto ctx = with_cancel(background());
    std::atomic<std::size_t> ran{0};
    std::array<std::size_t, submitters> accepted{};
    const auto warm = make_channel<unit>(16);
    worker_pool<boxed, int> pool(
        ctx, {.workers = 2, .queue = static_cast<std::size_t>(queue), .results = 3},
        [&](boxed job) {
            const std::size_t before = ran++;
            if (how == ending::failure && before == 20) throw std::runtime_error("the 21st");
            return *job;
        });
    std::vector<task> all;
    all.reserve(submitters + 2);
    for (std::size_t& mine : accepted)
        all.push_back(go([&] {
            for (;;) {
                auto job = std::make_unique<int>(1);
                if (!pool.submit(background(), std::move(job))) {
                    EXPECT_NE(job, nullptr) << "a refused job is gone";
                    return;
                }
                EXPECT_EQ(job, nullptr);
                ++mine;
            }
        }));
    std::size_t results = 0;
    task collector = go([&] {
        for (const int r : pool.results()) {
            if (++results == 10) warm.close();
            EXPECT_EQ(r, 1);
        }
    });
    if (how != ending::failure) warm.receive();  // all is under way
    std::size_t dropped = 0;
    std::size_t dropped_too = 0;
    switch (how) {
        case ending::drain:
            EXPECT_EQ(pool.drain(), 0U);
            break;
        case ending::stop:
            dropped = pool.stop();
            break;
        case ending::both:
            all.push_back(go([&] { dropped = pool.drain(); }));
            all.push_back(go([&] { dropped_too = pool.stop(); }));
            break;
        case ending::context:
            ctx.cancel();
            break;
        case ending::failure:
            break;  // the submitters end by it
    }
    for (task& t : all) t.join();
    EXPECT_EQ(thrown_by<std::runtime_error>([&] { pool.drain(); }),
              how == ending::failure ? "the 21st" : "");
    collector.join();
    if (how == ending::stop || how == ending::both) {
        EXPECT_EQ(dropped, pool.dropped());
    }
    if (how == ending::both) {
        EXPECT_EQ(dropped_too, pool.dropped());
    }
    std::size_t total = 0;
    for (const std::size_t mine : accepted) total += mine;
    EXPECT_EQ(total, pool.done() + pool.dropped());  // I1
    EXPECT_EQ(ran, pool.done());
    if (how == ending::drain) {
        EXPECT_EQ(results, total) << "a drain has lost a job";
    }
    EXPECT_LE(results, pool.done());
}

TEST_F(WorkerPoolTest, ADrainLosesNoJobHoweverManySubmit) {
    for (int i = 0; i < repeat(100); ++i) end_while_all_submit(ending::drain, i % 4);
}

TEST_F(WorkerPoolTest, AStopDropsExactlyWhatItSays) {
    for (int i = 0; i < repeat(100); ++i) end_while_all_submit(ending::stop, i % 4);
}

TEST_F(WorkerPoolTest, SoDoBothAtOnce) {
    for (int i = 0; i < repeat(100); ++i) end_while_all_submit(ending::both, i % 4);
}

TEST_F(WorkerPoolTest, SoDoesTheEndOfTheContext) {
    for (int i = 0; i < repeat(100); ++i) end_while_all_submit(ending::context, i % 4);
}

TEST_F(WorkerPoolTest, SoDoesAFailure) {
    for (int i = 0; i < repeat(100); ++i) end_while_all_submit(ending::failure, i % 4);
}

}  // namespace braid::worker_pool_test
