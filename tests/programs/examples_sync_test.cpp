// Small programs around a wait group, an error group and a mutex: the examples of x/sync's errgroup
// (JustErrors, Parallel), of Go by Example (BX-2) and of the Go tour (GT-1, GT-6). Where the
// original sleeps or asks the network, this one does neither.
#include <array>
#include <atomic>
#include <map>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "patterns/error_group/error_group.hpp"
#include "patterns/mutex/mutex.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::examples_sync_test {

using braid_test::repeat;
using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

class SyncExamplesTest : public braid_test::fixture {};

// --- x/sync errgroup: JustErrors -----------------------------------------------------------------

// The network: some addresses exist.
void fetch(const std::string& url) {
    if (url.find("somestupidname") != std::string::npos)
        throw std::runtime_error(url + ": no such host");
}

std::string fetch_all(const std::vector<std::string>& urls) {
    error_group group;
    for (const std::string& url : urls) group.go([url] { fetch(url); });
    try {
        group.wait();
        return "Successfully fetched all URLs.";
    } catch (const std::runtime_error& e) {
        return e.what();
    }
}

TEST_F(SyncExamplesTest, JustErrors) {
    for (int i = 0; i < repeat(100); ++i) {
        EXPECT_EQ(fetch_all({"http://golang.org/", "http://google.com/", "http://example.com/"}),
                  "Successfully fetched all URLs.");
        EXPECT_EQ(
            fetch_all({"http://golang.org/", "http://google.com/", "http://somestupidname.com/"}),
            "http://somestupidname.com/: no such host");
    }
}

// --- x/sync errgroup: Parallel -------------------------------------------------------------------

using search = std::string (*)(const context& ctx, const std::string& query);

std::string web(const context&, const std::string& query) {
    return "web result for \"" + query + "\"";
}
std::string image(const context&, const std::string& query) {
    return "image result for \"" + query + "\"";
}
std::string video(const context&, const std::string& query) {
    return "video result for \"" + query + "\"";
}
std::string broken(const context&, const std::string&) {
    throw std::runtime_error("search is down");
}

// Each task has a place of its own for its result, so the order of the results is that of the
// searches, and none of them is locked.
std::vector<std::string> google(const context& ctx, const std::string& query,
                                const std::vector<search>& searches) {
    std::vector<std::string> results(searches.size());
    error_group group(ctx);
    for (std::size_t i = 0; i < searches.size(); ++i)
        group.go([&, i](const context& ctx) { results[i] = searches[i](ctx, query); });
    group.wait();
    return results;
}

TEST_F(SyncExamplesTest, Parallel) {
    for (int i = 0; i < repeat(100); ++i)
        EXPECT_THAT(google(background(), "golang", {web, image, video}),
                    ElementsAre("web result for \"golang\"", "image result for \"golang\"",
                                "video result for \"golang\""));
}

TEST_F(SyncExamplesTest, ParallelWithAnErrorHasNoResults) {
    try {
        google(background(), "golang", {web, broken, video});
        FAIL() << "there are results";
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "search is down");
    }
}

// --- Go by Example (BX-2) ------------------------------------------------------------------------

TEST_F(SyncExamplesTest, WaitGroups) {
    const auto lines = make_channel<std::string>(10);
    wait_group wg;
    for (int id = 1; id <= 5; ++id)
        wg.go([=] {
            lines.send("Worker " + std::to_string(id) + " starting");
            this_task::yield();
            lines.send("Worker " + std::to_string(id) + " done");
        });
    wg.wait();
    lines.close();

    std::vector<std::string> all;
    for (std::string line : lines) all.push_back(std::move(line));
    EXPECT_EQ(all.size(), 10U);
    for (int id = 1; id <= 5; ++id) {
        const std::string worker = "Worker " + std::to_string(id);
        const auto start = std::find(all.begin(), all.end(), worker + " starting");
        EXPECT_NE(std::find(start, all.end(), worker + " done"), all.end()) << worker;
    }
}

TEST_F(SyncExamplesTest, AtomicCounters) {
    std::atomic<std::uint64_t> ops{0};
    wait_group wg;
    for (int i = 0; i < 50; ++i)
        wg.go([&] {
            for (int c = 0; c < 1000; ++c) ++ops;
        });
    wg.wait();
    EXPECT_EQ(ops, 50'000U);
}

class container {
public:
    void increment(const std::string& name) {
        const std::scoped_lock lock(mutex_);
        ++counters_[name];
    }
    const std::map<std::string, int>& counters() const { return counters_; }

private:
    mutex mutex_;
    std::map<std::string, int> counters_{{"a", 0}, {"b", 0}};
};

TEST_F(SyncExamplesTest, Mutexes) {
    container c;
    wait_group wg;
    const auto increment = [&](const std::string& name, int n) {
        for (int i = 0; i < n; ++i) c.increment(name);
    };
    wg.go([&] { increment("a", 10'000); });
    wg.go([&] { increment("a", 10'000); });
    wg.go([&] { increment("b", 10'000); });
    wg.wait();
    EXPECT_THAT(c.counters(), ElementsAre(Pair("a", 20'000), Pair("b", 10'000)));
}

// --- Go tour (GT-1, GT-6) ------------------------------------------------------------------------

TEST_F(SyncExamplesTest, SumsOfTwoHalves) {
    for (int i = 0; i < repeat(100); ++i) {
        const std::array<int, 6> s{7, 2, 8, -9, 4, 0};
        const auto c = make_channel<int>();
        const auto sum = [&c](std::span<const int> half) {
            c.send(std::accumulate(half.begin(), half.end(), 0));
        };
        const task first = go([&] { sum(std::span(s).first(3)); });
        const task second = go([&] { sum(std::span(s).last(3)); });
        const int x = *c.receive(), y = *c.receive();
        EXPECT_THAT((std::array{x, y}), UnorderedElementsAre(17, -5));
        EXPECT_EQ(x + y, 12);
    }
}

TEST_F(SyncExamplesTest, ACounterWithAMutex) {
    mutex m;
    std::map<std::string, int> counts;
    wait_group wg;
    for (int i = 0; i < 1000; ++i)
        wg.go([&] {
            const std::scoped_lock lock(m);
            ++counts["somekey"];
        });
    wg.wait();
    EXPECT_EQ(counts["somekey"], 1000);
}

}  // namespace braid::examples_sync_test
