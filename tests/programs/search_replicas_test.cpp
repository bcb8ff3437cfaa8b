// Google Search 1.0 to 3.0 of Rob Pike's talk "Go Concurrency Patterns" (RP-8 to RP-11). The talk's
// backends sleep for a random time. Here each one answers when the test says so, so "as slow as all
// together" and "as slow as the slowest" are told by who has been asked before anybody answered.
#include <algorithm>
#include <string>
#include <vector>

#include "patterns/context/after_func.hpp"
#include "patterns/error_group/error_group.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::search_replicas_test {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

using results = std::vector<std::string>;

// A search engine for one kind of things, or one of its replicas.
class backend {
public:
    explicit backend(std::string kind) : kind_(std::move(kind)) {}

    // No answer if ctx is done first.
    std::optional<std::string> search(const context& ctx, const std::string& query) const {
        asked_.send(unit{});
        if (!answer_.receive(ctx)) return std::nullopt;
        return kind_ + " result for \"" + query + "\"";
    }

    void wait_until_asked() const { asked_.receive(); }
    bool was_asked() const { return asked_.size() > 0; }
    void answer() const { answer_.send(unit{}); }
    void answer_unless_done(const context& ctx) const {
        if (!answer_.send(ctx, unit{})) return;
    }

private:
    std::string kind_;
    channel<unit> asked_ = make_channel<unit>(16);
    channel<unit> answer_ = make_channel<unit>();
};

void until_parked(const task& t) {
    while (!lifecycle::parked(t)) this_task::yield();
}

std::size_t tasks() {
    const auto all = lifecycle::tasks();
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [](const lifecycle::task_info& t) { return t.is_task; }));
}

// A search's task ends when its result has been taken.
void until_tasks(std::size_t n) {
    while (tasks() != n) this_task::yield();
}

class SearchReplicasTest : public braid_test::fixture {
protected:
    const backend web_{"web"};
    const backend image_{"image"};
    const backend video_{"video"};
    const std::vector<backend> all_{web_, image_, video_};  // handles to the same channels
};

// --- RP-8: one after the other -----------------------------------------------------------------

results google1(const context& ctx, const std::vector<backend>& backends,
                const std::string& query) {
    results found;
    for (const backend& b : backends)
        if (auto r = b.search(ctx, query)) found.push_back(*r);
    return found;
}

TEST_F(SearchReplicasTest, OneAfterTheOtherTakesAsLongAsAllTogether) {
    results found;
    task google = go([&] { found = google1(background(), all_, "golang"); });
    for (std::size_t i = 0; i < all_.size(); ++i) {
        all_[i].wait_until_asked();
        until_parked(google);
        for (std::size_t later = i + 1; later < all_.size(); ++later)
            EXPECT_FALSE(all_[later].was_asked());
        all_[i].answer();
    }
    google.join();
    EXPECT_THAT(found, ElementsAre("web result for \"golang\"", "image result for \"golang\"",
                                   "video result for \"golang\""));
}

// --- RP-9: all at once, and not longer than the user waits -------------------------------------

// What the backends find until ctx is done, in the order in which they answer.
results google2(const context& ctx, const std::vector<backend>& backends,
                const std::string& query) {
    const auto c = make_channel<std::string>();
    error_group group(ctx);
    for (const backend& b : backends)
        group.go([=](const context& mine) {
            if (auto r = b.search(mine, query))
                if (!c.send(mine, *r)) return;
        });
    results found;
    while (found.size() < backends.size()) {
        auto r = c.receive(ctx);
        if (!r) break;  // timed out
        found.push_back(*std::move(r));
    }
    return found;
}

TEST_F(SearchReplicasTest, AllAtOnceTakesAsLongAsTheSlowest) {
    results found;
    task google = go([&] { found = google2(background(), all_, "golang"); });
    for (const backend& b : all_) b.wait_until_asked();  // all three, before anybody answers
    image_.answer();
    until_tasks(3);
    video_.answer();
    until_tasks(2);
    web_.answer();
    google.join();
    EXPECT_THAT(found, ElementsAre("image result for \"golang\"", "video result for \"golang\"",
                                   "web result for \"golang\""));
}

TEST_F(SearchReplicasTest, ItReturnsWhatItHasWhenTheTimeIsUp) {
    auto timeout = with_cancel(background());  // stands for the 80 ms
    results found;
    task google = go([&] { found = google2(timeout, all_, "golang"); });
    for (const backend& b : all_) b.wait_until_asked();
    image_.answer();
    until_tasks(3);
    timeout.cancel();
    google.join();  // the slow ones have ended too: the group waits for them
    EXPECT_THAT(found, ElementsAre("image result for \"golang\""));
}

TEST_F(SearchReplicasTest, ADeadlineEndsASearchThatNobodyAnswers) {
    const auto timeout = with_timeout(background(), 2ms);
    EXPECT_THAT(google2(timeout, all_, "golang"), IsEmpty());
    EXPECT_EQ(timeout.err().message(), "context deadline exceeded");
}

// --- RP-10: the fastest of several replicas ----------------------------------------------------

struct leaky {
    std::string first;
    receiver<std::string> others;  // so that the test can let them go
};

// As it is in the talk: the n-1 losers wait for a receiver for ever.
leaky first_as_written(const std::vector<backend>& replicas, const std::string& query) {
    const auto c = make_channel<std::string>();
    for (const backend& r : replicas)
        go([=] { c.send(r.search(background(), query).value()); }).detach();
    return {*c.receive(), c};
}

// With room for all, the losers end by themselves, when they have found something for nobody.
std::string first_with_room(const std::vector<backend>& replicas, const std::string& query) {
    const auto c = make_channel<std::string>(replicas.size());
    for (const backend& r : replicas)
        go([=] { c.send(r.search(background(), query).value()); }).detach();
    return *c.receive();
}

// With a context, the losers stop as soon as there is a winner. Nobody is left on return.
std::optional<std::string> first(const context& ctx, const std::vector<backend>& replicas,
                                 const std::string& query) {
    const auto c = make_channel<std::string>();
    error_group group(ctx);
    for (const backend& r : replicas)
        group.go([=](const context& mine) {
            if (auto found = r.search(mine, query))
                if (!c.send(mine, *found)) return;
        });
    auto r = c.receive(ctx);
    return r ? std::optional(*std::move(r)) : std::nullopt;
}

std::vector<backend> replicas_of(const std::string& kind, int n) {
    std::vector<backend> replicas;
    for (int i = 1; i <= n; ++i) replicas.emplace_back(kind + std::to_string(i));
    return replicas;
}

TEST_F(SearchReplicasTest, FirstAsItIsWrittenLeaksAllButOne) {
    constexpr std::size_t n = 5;
    const auto replicas = replicas_of("web", n);
    auto filter = lifecycle::leak_filter::ignore_current();
    filter.max_retries(0);

    leaky answer;
    {
        task asking =
            go({.name = "asking"}, [&] { answer = first_as_written(replicas, "golang"); });
        for (const backend& r : replicas) r.wait_until_asked();
        replicas[2].answer();
        asking.join();
    }
    EXPECT_EQ(answer.first, "web3 result for \"golang\"");
    for (const std::size_t loser : {0U, 1U, 3U, 4U}) replicas[loser].answer();

    // The winner's task is about to end; the others cannot.
    auto leaked = lifecycle::find_leaks(filter);
    const auto waits_in_send = [](const lifecycle::task_info& t) { return t.operation == "send"; };
    while (leaked.size() != n - 1 || !std::ranges::all_of(leaked, waits_in_send)) {
        this_task::yield();
        leaked = lifecycle::find_leaks(filter);
    }
    for (const auto& t : leaked) {
        EXPECT_TRUE(t.was_detached);
        EXPECT_THAT(t.on, testing::HasSubstr("search_replicas_test.cpp"));
    }

    for (std::size_t i = 0; i < n - 1; ++i) answer.others.receive();
}

TEST_F(SearchReplicasTest, FirstWithRoomForAllLeaksNobody) {
    const auto replicas = replicas_of("web", 3);
    std::string answer;
    task asking = go([&] { answer = first_with_room(replicas, "golang"); });
    for (const backend& r : replicas) r.wait_until_asked();
    replicas[1].answer();
    asking.join();
    EXPECT_EQ(answer, "web2 result for \"golang\"");
    replicas[0].answer();
    replicas[2].answer();  // the fixture sees that they end
}

TEST_F(SearchReplicasTest, FirstUnderAContextStopsTheLosers) {
    const auto replicas = replicas_of("web", 3);
    std::optional<std::string> answer;
    task asking = go([&] { answer = first(background(), replicas, "golang"); });
    for (const backend& r : replicas) r.wait_until_asked();
    replicas[1].answer();
    asking.join();  // although the other two never answer
    EXPECT_EQ(answer, "web2 result for \"golang\"");
}

TEST_F(SearchReplicasTest, FirstHasNoAnswerWhenTheTimeIsUp) {
    const auto replicas = replicas_of("web", 3);
    const auto timeout = with_timeout(background(), 2ms);
    EXPECT_EQ(first(timeout, replicas, "golang"), std::nullopt);
}

// Whoever wins, and whatever comes at the same time.
TEST_F(SearchReplicasTest, ReplicasThatAnswerAtOnceGiveOneAnswer) {
    for (int i = 0; i < braid_test::repeat(100); ++i) {
        const auto replicas = replicas_of("web", 3);
        std::optional<std::string> answer;
        {
            const auto scope = with_cancel(background());
            std::vector<task> answering;
            answering.reserve(replicas.size());
            for (const backend& r : replicas)
                answering.push_back(
                    go(scope, [&r](const context& ctx) { r.answer_unless_done(ctx); }));
            answer = first(background(), replicas, "golang");
        }
        ASSERT_TRUE(answer);
        ASSERT_TRUE(answer->ends_with(" result for \"golang\"")) << *answer;
    }
}

// --- RP-11: the first of the replicas of each kind, and a limit for all ------------------------

results google3(const context& ctx, const std::vector<std::vector<backend>>& kinds,
                const std::string& query) {
    const auto c = make_channel<std::string>();
    error_group group(ctx);
    for (const auto& replicas : kinds)
        group.go([=, &replicas](const context& mine) {
            if (auto r = first(mine, replicas, query))
                if (!c.send(mine, *r)) return;
        });
    results found;
    while (found.size() < kinds.size()) {
        auto r = c.receive(ctx);
        if (!r) break;
        found.push_back(*std::move(r));
    }
    return found;
}

TEST_F(SearchReplicasTest, TheFirstOfEachKindIsTaken) {
    const std::vector kinds{replicas_of("web", 3), replicas_of("image", 3),
                            replicas_of("video", 3)};
    results found;
    task google = go([&] { found = google3(background(), kinds, "golang"); });
    for (const auto& replicas : kinds)
        for (const backend& r : replicas) r.wait_until_asked();
    kinds[2][1].answer();
    until_tasks(1 + 2 + 6);  // the search, two kinds, and their replicas: the third kind is through
    kinds[0][0].answer();
    until_tasks(1 + 1 + 3);
    kinds[1][2].answer();
    google.join();
    EXPECT_THAT(found, ElementsAre("video2 result for \"golang\"", "web1 result for \"golang\"",
                                   "image3 result for \"golang\""));
}

TEST_F(SearchReplicasTest, AKindThatIsTooSlowIsLeftOut) {
    const std::vector kinds{replicas_of("web", 3), replicas_of("image", 3),
                            replicas_of("video", 3)};
    auto timeout = with_cancel(background());
    results found;
    task google = go([&] { found = google3(timeout, kinds, "golang"); });
    for (const auto& replicas : kinds)
        for (const backend& r : replicas) r.wait_until_asked();
    kinds[0][1].answer();
    until_tasks(1 + 2 + 6);
    timeout.cancel();
    google.join();
    EXPECT_THAT(found, ElementsAre("web2 result for \"golang\""));
    EXPECT_EQ(tasks(), 0U);
}

}  // namespace braid::search_replicas_test
