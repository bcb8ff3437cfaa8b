// Pipelines as Go's blog, Effective Go and Go by Example have them. Where the original leaks, the
// test holds the leak detector to that, and then lets the task go.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numbers>
#include <numeric>
#include <thread>
#include <vector>

#include "common/demo.hpp"
#include "common/select.hpp"
#include "common/timer.hpp"
#include "patterns/fan_out_fan_in/fan_out_fan_in.hpp"
#include "tests/support/braid_test.hpp"
#include "tests/support/stages.hpp"

namespace braid::pipelines_test {

using namespace std::chrono_literals;
using braid_test::received_from;
using braid_test::repeat;
using testing::AnyOf;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// --- The blog's pipelines, on bare channels: square.go, sqfan.go, sqleak.go, ... ---------------

// The stages of the article. Nothing tells them to stop, which is what the article is about.
receiver<int> gen(wait_group& tasks, std::vector<int> numbers) {
    const auto out = make_channel<int>();
    tasks.go({.name = "gen"}, [=] {
        for (const int n : numbers) out.send(n);
        out.close();
    });
    return out;
}

receiver<int> sq(wait_group& tasks, const receiver<int>& in) {
    const auto out = make_channel<int>();
    tasks.go({.name = "sq"}, [=] {
        for (const int n : in) out.send(n * n);
        out.close();
    });
    return out;
}

// Go's closes the channel by a task that waits for the copying ones; here the last copy of the
// output does, so that the copying tasks are all there are.
receiver<int> merge(wait_group& tasks, const std::vector<receiver<int>>& inputs,
                    std::size_t room = 0) {
    const auto merged = make_channel<int>(room);
    const output<int> out(merged);
    for (const auto& in : inputs)
        tasks.go({.name = "merge"}, [=] {
            for (const int n : in) out.to().send(n);
        });
    return merged;
}

class BlogPipelineTest : public braid_test::fixture {
protected:
    // What the leak detector has to say about the tasks that this test has started.
    std::vector<lifecycle::task_info> leaks() const { return lifecycle::find_leaks(before_); }

private:
    lifecycle::leak_filter before_ = lifecycle::leak_filter::ignore_current();
};

TEST_F(BlogPipelineTest, SquaresComeOutInOrder) {  // PP-1
    wait_group tasks;
    EXPECT_THAT(received_from(sq(tasks, gen(tasks, {2, 3}))), ElementsAre(4, 9));
    EXPECT_THAT(received_from(sq(tasks, sq(tasks, gen(tasks, {2, 3})))), ElementsAre(16, 81));
}

TEST_F(BlogPipelineTest, TwoWorkersOnOneInputAreMerged) {  // PP-2
    wait_group tasks;
    const auto in = gen(tasks, {2, 3});
    EXPECT_THAT(received_from(merge(tasks, {sq(tasks, in), sq(tasks, in)})),
                UnorderedElementsAre(4, 9));
    tasks.wait();
    EXPECT_THAT(leaks(), IsEmpty());
}

TEST_F(BlogPipelineTest, TakingOneOfTwoLeaksOneTask) {  // PP-3, sqleak.go
    wait_group tasks;
    const auto in = gen(tasks, {2, 3});
    const auto merged = merge(tasks, {sq(tasks, in), sq(tasks, in)});
    EXPECT_THAT(*merged.receive(), AnyOf(4, 9));
    const auto left = leaks();
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left[0].name, "merge");
    EXPECT_EQ(left[0].operation, "send");
    merged.receive();  // lets it go
    tasks.wait();
    EXPECT_THAT(leaks(), IsEmpty());
}

TEST_F(BlogPipelineTest, ABufferForTheValuesThatNobodyTakesHelpsForSoMany) {  // PP-4, sqbuffer.go
    {
        wait_group tasks;
        const auto in = gen(tasks, {2, 3});
        const auto merged = merge(tasks, {sq(tasks, in), sq(tasks, in)}, 1);
        EXPECT_THAT(*merged.receive(), AnyOf(4, 9));
        EXPECT_THAT(leaks(), IsEmpty());
    }
    wait_group tasks;
    const auto in = gen(tasks, {2, 3, 4});
    const auto merged = merge(tasks, {sq(tasks, in), sq(tasks, in)}, 1);
    EXPECT_THAT(*merged.receive(), AnyOf(4, 9, 16));
    const auto left = leaks();
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left[0].name, "merge");
    merged.receive();
}

TEST_F(BlogPipelineTest, OneTokenStopsOneBlockedSender) {  // PP-5, sqdone1.go
    const auto done = make_channel<unit>();
    const auto merged = make_channel<int>();
    wait_group tasks;
    {
        const output<int> out(merged);
        for (const int value : {4, 9, 16})
            tasks.go({.name = "output"}, [=] { select(send(out.to(), value), receive(done)); });
    }
    EXPECT_THAT(*merged.receive(), AnyOf(4, 9, 16));
    EXPECT_THAT(leaks(), SizeIs(2));
    done.send(unit{});
    EXPECT_THAT(leaks(), SizeIs(1));
    done.send(unit{});
    EXPECT_THAT(leaks(), IsEmpty());
    EXPECT_EQ(merged.receive().status, receive_status::closed);
}

TEST_F(BlogPipelineTest, ACloseStopsThemAll) {  // PP-6, sqdone3.go
    const auto done = make_channel<unit>();
    wait_group tasks;
    // Every stage selects on its send and on `done`, and closes its output when it ends.
    const auto stage_until_done = [&](const char* name, const receiver<int>& in, auto f) {
        const auto sent = make_channel<int>();
        tasks.go({.name = name}, [=, out = output<int>(sent)] {
            for (const int n : in)
                if (select(send(out.to(), f(n)), receive(done)) == 1) return;
        });
        return sent.in();
    };
    const auto in = make_channel<int>();
    tasks.go({.name = "gen"}, [=, out = output<int>(in)] {
        for (int n = 2;; ++n)  // more than anybody will take
            if (select(send(out.to(), n), receive(done)) == 1) return;
    });
    const auto square = [](int n) { return n * n; };
    const auto same = [](int n) { return n; };
    const auto one = stage_until_done("sq", in, square);
    const auto two = stage_until_done("sq", in, square);
    const auto out = stage_until_done("output", one, same);
    EXPECT_THAT(*out.receive(), testing::Ge(4));
    done.close();
    EXPECT_THAT(leaks(), IsEmpty());
    tasks.wait();
    EXPECT_EQ(received_from(two).size(), 0U);
}

// --- The same on our stages, which need no channel `done` --------------------------------------

receiver<int> numbers_from(error_group& group, int first) {
    auto count = [first](const context& ctx, const output<int>& out) {
        for (int n = first; out.send(ctx, n);) ++n;
    };
    return source<int>(group, count, {.name = "gen"});
}

TEST_F(BlogPipelineTest, TakingOneOfManyLeaksNothingUnderAGroup) {  // PP-6
    const auto square = [](int n) { return n * n; };
    {
        error_group group(background());
        const auto in = numbers_from(group, 2);
        const auto merged =
            fan_in(group, std::vector{transform(group, in, square), transform(group, in, square)});
        EXPECT_THAT(*merged.receive(), testing::Ge(4));
    }
    EXPECT_THAT(leaks(), IsEmpty());
}

// --- Digests of files: serial.go, parallel.go, bounded.go, and errgroup's MD5All ---------------

namespace fs = std::filesystem;
using file_digest = std::pair<std::string, std::uint64_t>;
using digests = std::map<std::string, std::uint64_t>;

// How many files are open, and the most there have been.
class open_files {
public:
    class one {
    public:
        explicit one(open_files& all) : all_(all) {
            const int n = ++all_.now_;
            for (int most = all_.most_; most < n && !all_.most_.compare_exchange_weak(most, n);) {
            }
        }
        one(const one&) = delete;
        one& operator=(const one&) = delete;
        ~one() { --all_.now_; }

    private:
        open_files& all_;
    };
    int most() const { return most_; }

private:
    std::atomic<int> now_{0};
    std::atomic<int> most_{0};
};

// FNV-1a in place of MD5.
std::uint64_t digest(const std::string& text) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return hash;
}

file_digest digest_file(open_files& open, const fs::path& file) {
    const open_files::one held(open);
    return {file.string(), digest(demo::read_file(file))};
}

class DigestTest : public braid_test::fixture {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "braid-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        root_ = name;
        for (int i = 0; i < 120; ++i) {
            const fs::path directory = root_ / std::to_string(i % 7);
            fs::create_directories(directory);
            std::ofstream(directory / std::to_string(i)) << std::string(10U * i, 'x') << i;
        }
        files_ = demo::list_files(root_).files;
    }
    void TearDown() override {
        fs::remove_all(root_);
        braid_test::fixture::TearDown();
    }

    digests serial() {
        digests all;
        for (const fs::path& file : files_) all.insert(digest_file(open_, file));
        return all;
    }

    // A task for each file.
    digests unbounded(const context& ctx) {
        digests all;
        error_group group(ctx);
        const auto results = make_channel<file_digest>();
        {
            const output<file_digest> out(results);
            for (const fs::path& file : files_)
                group.go([this, &file, out](const context& ctx) {
                    static_cast<void>(out.send(ctx, digest_file(open_, file)));
                });
        }
        for (const auto& one : results) all.insert(one);
        group.wait();
        return all;
    }

    // A fixed number of digesters.
    digests bounded(const context& ctx) {
        digests all;
        error_group group(ctx);
        auto walk = [this](const context& ctx, const output<fs::path>& out) {
            for (const fs::path& file : files_)
                if (!out.send(ctx, file)) return;
        };
        const auto paths = source<fs::path>(group, walk, {.name = "walk"});
        const auto work = [this](const fs::path& file) { return digest_file(open_, file); };
        for (const auto& one : fan_out(group, paths, 20, work, {.name = "digester"}))
            all.insert(one);
        group.wait();
        return all;
    }

    fs::path root_;
    std::vector<fs::path> files_;
    open_files open_;
};

TEST_F(DigestTest, AllFormsGiveTheSameDigests) {  // PP-7, PP-8
    const digests expected = serial();
    EXPECT_THAT(expected, SizeIs(120));
    EXPECT_EQ(bounded(background()), expected);
    EXPECT_LE(open_.most(), 20);
    EXPECT_EQ(unbounded(background()), expected);
}

TEST_F(DigestTest, AFileThatCannotBeReadIsTheOnlyAnswer) {
    files_.insert(files_.begin() + 30, root_ / "gone");
    for (const bool is_bounded : {false, true}) try {
            is_bounded ? bounded(background()) : unbounded(background());
            ADD_FAILURE() << "digested";
        } catch (const std::system_error& e) {
            EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
            EXPECT_THAT(e.what(), testing::HasSubstr("gone"));
        }
}

TEST_F(DigestTest, ACancelledWalkIsNotComplete) {
    auto ctx = with_cancel(background());
    ctx.cancel();
    EXPECT_THAT(bounded(ctx), IsEmpty());
    EXPECT_EQ(ctx.err(), std::errc::operation_canceled);
}

// --- doc/play/pi.go --------------------------------------------------------------------------

// Go's program sums 5001 terms, each by a task. On the threads runtime a task is an OS thread, so
// that many at once may be more than the machine allows: 1001 show the same.
TEST_F(BlogPipelineTest, PiIsTheSumOfTermsInTheOrderOfTheirArrival) {  // PG-3
    constexpr int n = 1000;
    const auto term = [](int k) { return 4 * std::pow(-1, k) / (2.0 * k + 1); };
    double expected = 0;
    for (int k = 0; k <= n; ++k) expected += term(k);

    const auto terms = make_channel<double>();
    wait_group tasks;
    for (int k = 0; k <= n; ++k) tasks.go([=] { terms.send(term(k)); });
    double pi = 0;
    for (int k = 0; k <= n; ++k) pi += *terms.receive();

    EXPECT_NEAR(pi, expected, 1e-9);
    EXPECT_NEAR(pi, std::numbers::pi, 1.0 / n);
}

// --- Effective Go ----------------------------------------------------------------------------

// Serves requests with at most `limit` in process() at the same time.
class EffectiveGoTest : public braid_test::fixture {
protected:
    static constexpr int limit = 4;
    static constexpr int requests = 100;

    void process() {
        const int n = ++running_;
        for (int most = most_; most < n && !most_.compare_exchange_weak(most, n);) {
        }
        this_task::yield();
        --running_;
        ++processed_;
    }

    static receiver<int> queue() {
        const auto all = make_channel<int>(requests);
        for (int i = 0; i < requests; ++i) all.send(i);
        all.close();
        return all;
    }

    void expect_all_served_within_the_limit() const {
        EXPECT_EQ(processed_, requests);
        EXPECT_LE(most_, limit);
    }

    std::atomic<int> running_{0}, most_{0}, processed_{0};
};

TEST_F(EffectiveGoTest, AChannelIsASemaphoreWithinEachHandler) {  // EF-2
    const auto semaphore = make_channel<unit>(limit);
    wait_group tasks;
    for ([[maybe_unused]] const int request : queue())
        tasks.go([&] {
            semaphore.send(unit{});
            process();
            semaphore.receive();
        });
    tasks.wait();
    expect_all_served_within_the_limit();
}

TEST_F(EffectiveGoTest, AChannelIsASemaphoreBeforeEachHandler) {  // EF-2
    const auto semaphore = make_channel<unit>(limit);
    std::ptrdiff_t most_tasks = 0;
    wait_group tasks;
    for ([[maybe_unused]] const int request : queue()) {
        semaphore.send(unit{});
        tasks.go([&] {
            process();
            semaphore.receive();
        });
        most_tasks = std::max(most_tasks, tasks.count());
    }
    tasks.wait();
    expect_all_served_within_the_limit();
    // One handler may have given its place back and not have ended yet, for each that runs.
    EXPECT_LE(most_tasks, 2 * limit);
}

TEST_F(EffectiveGoTest, AFixedNumberOfHandlers) {  // EF-2
    const auto all = queue();
    wait_group tasks;
    for (int i = 0; i < limit; ++i)
        tasks.go([&] {
            for ([[maybe_unused]] const int request : all) process();
        });
    EXPECT_LE(tasks.count(), limit);
    tasks.wait();
    expect_all_served_within_the_limit();
}

TEST_F(EffectiveGoTest, ARequestCarriesTheChannelForItsAnswer) {  // EF-3
    struct request {
        std::vector<int> arguments;
        int (*f)(const std::vector<int>&);
        channel<int> answer;
    };
    const auto requests = make_channel<request>();
    const task server = go([in = requests.in()] {
        for (request r : in) r.answer.send(r.f(r.arguments));
    });
    const auto sum = [](const std::vector<int>& v) {
        return std::accumulate(v.begin(), v.end(), 0);
    };
    const request r{{3, 4, 5}, sum, make_channel<int>()};
    requests.send(r);
    EXPECT_EQ(*r.answer.receive(), 12);
    requests.close();
}

TEST_F(EffectiveGoTest, APieceOfAVectorForEachProcessor) {  // EF-4
    const std::size_t pieces = std::max(2U, std::thread::hardware_concurrency());
    std::vector<double> v(1001, 1.5);
    const auto done = make_channel<unit>(pieces);
    {
        wait_group tasks;
        for (std::size_t i = 0; i < pieces; ++i)
            tasks.go([&, i] {
                for (std::size_t j = i * v.size() / pieces; j < (i + 1) * v.size() / pieces; ++j)
                    v[j] += 1;
                done.send(unit{});
            });
        for (std::size_t i = 0; i < pieces; ++i) done.receive();
        EXPECT_THAT(v, testing::Each(2.5));  // ordered by the channel alone (TSan)
    }
}

// --- Go by Example ---------------------------------------------------------------------------

class GoByExampleTest : public braid_test::fixture {
protected:
    static constexpr auto interval = 2ms;
};

TEST_F(GoByExampleTest, AClosedChannelTellsThatThereAreNoMoreJobs) {  // BX-3
    const auto jobs = make_channel<int>(5);
    const auto done = make_channel<bool>();
    std::vector<std::string> log;  // by the worker, read after done
    const task worker = go([&] {
        for (;;) {
            const received<int> job = jobs.receive();
            if (!job) break;
            log.push_back("received job " + std::to_string(*job));
        }
        log.push_back("received all jobs");
        done.send(true);
    });
    for (int i = 1; i <= 3; ++i) jobs.send(i);
    jobs.close();
    done.receive();
    EXPECT_THAT(log, ElementsAre("received job 1", "received job 2", "received job 3",
                                 "received all jobs"));
    EXPECT_FALSE(jobs.receive());  // "received more jobs: false"
}

// Only "not earlier than" can be asserted of a machine that has other things to do.
TEST_F(GoByExampleTest, ATickerLimitsTheRate) {  // BX-7
    const auto requests = make_channel<int>(5);
    for (int i = 1; i <= 5; ++i) requests.send(i);
    requests.close();
    const auto start = std::chrono::steady_clock::now();
    const ticker limiter(interval);
    for (const int request : requests) {
        limiter.receive();
        EXPECT_GE(std::chrono::steady_clock::now() - start, request * interval);
    }
}

TEST_F(GoByExampleTest, ABufferedLimiterAllowsABurst) {  // BX-7
    const auto limiter = make_channel<time_point>(3);
    for (int i = 0; i < 3; ++i) limiter.send(std::chrono::steady_clock::now());
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.try_receive());  // the burst waits for nobody
    EXPECT_FALSE(limiter.try_receive());

    const auto start = std::chrono::steady_clock::now();
    auto ctx = with_cancel(background());
    error_group group(ctx);
    group.go({.name = "refill"}, [limiter](const context& ctx) {
        const ticker every(interval);
        while (const auto tick = every.receive(ctx))
            if (!limiter.send(ctx, *tick)) return;
    });
    for (int request = 1; request <= 4; ++request) {
        limiter.receive();
        EXPECT_GE(std::chrono::steady_clock::now() - start, request * interval);
    }
    ctx.cancel();
    group.wait();
}

// One task owns the state; all others send it requests.
TEST_F(GoByExampleTest, AnOwnerTaskServesReadersAndWriters) {  // BX-8
    struct read_request {
        int key;
        channel<int> answer;
    };
    struct write_request {
        int key;
        int value;
        channel<unit> answer;
    };
    constexpr int readers = 100, writers = 10;
    const int each = repeat(30);
    const auto reads = make_channel<read_request>();
    const auto writes = make_channel<write_request>();
    std::atomic<int> read_count{0}, write_count{0};

    auto ctx = with_cancel(background());
    error_group group(ctx);
    group.go({.name = "owner"}, [=](const context& ctx) {
        std::map<int, int> state;
        for (;;) {
            const auto answer_read = [&](received<read_request> r) {
                if (r) r->answer.send(state[r->key]);
            };
            const auto do_write = [&](received<write_request> w) {
                if (!w) return;
                state[w->key] = w->value;
                w->answer.send(unit{});
            };
            const auto chosen =
                select(receive(reads, answer_read), receive(writes, do_write), receive(ctx.done()));
            if (chosen == 2) return;
        }
    });
    const auto read = [=](int key) {
        const read_request r{key, make_channel<int>(1)};
        reads.send(r);
        return *r.answer.receive();
    };
    {
        wait_group clients;
        for (int w = 0; w < writers; ++w)
            clients.go([&, w] {  // the only writer of this key
                for (int i = 1; i <= each; ++i) {
                    const write_request request{w, i, make_channel<unit>(1)};
                    writes.send(request);
                    request.answer.receive();
                    ++write_count;
                    EXPECT_EQ(read(w), i);
                }
            });
        for (int r = 0; r < readers; ++r)
            clients.go([&, r] {
                int last = 0;  // a key's values only grow
                for (int i = 0; i < each; ++i) {
                    const int value = read(r % writers);
                    EXPECT_GE(value, last);
                    last = value;
                    ++read_count;
                }
            });
    }
    for (int w = 0; w < writers; ++w) EXPECT_EQ(read(w), each);
    ctx.cancel();
    group.wait();
    EXPECT_EQ(read_count, readers * each);
    EXPECT_EQ(write_count, writers * each);
}

}  // namespace braid::pipelines_test
