// The web crawler of the Go tour (GT-5): fetch pages in parallel, none of them twice.
//
// The tour's own solution recurses in parallel and marks a page as fetched with whatever depth it
// was met at first. A page that is met by a long way first is then not followed as far as it should
// be, so what is fetched depends on luck. Going level by level has no such race.
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "patterns/error_group/error_group.hpp"
#include "patterns/mutex/mutex.hpp"
#include "tests/support/braid_test.hpp"

namespace braid::crawler_test {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

struct not_found : std::runtime_error {
    explicit not_found(const std::string& url) : std::runtime_error("not found: " + url) {}
};

struct page {
    std::string body;
    std::vector<std::string> links;
};

// A web that counts how often it was asked for what.
class fake_web {
public:
    explicit fake_web(std::map<std::string, page> pages) : pages_(std::move(pages)) {}

    // Throws not_found.
    const page& fetch(const std::string& url) {
        {
            const std::scoped_lock lock(mutex_);
            ++fetches_[url];
            most_at_once_ = std::max(most_at_once_, ++at_once_);
        }
        if (before_answer) before_answer(url);
        {
            const std::scoped_lock lock(mutex_);
            --at_once_;
        }
        const auto found = pages_.find(url);
        if (found == pages_.end()) throw not_found(url);
        return found->second;
    }

    const std::map<std::string, int>& fetches() const { return fetches_; }
    int most_at_once() const { return most_at_once_; }

    std::function<void(const std::string&)> before_answer;

private:
    const std::map<std::string, page> pages_;
    mutex mutex_;
    std::map<std::string, int> fetches_;
    int at_once_ = 0;
    int most_at_once_ = 0;
};

struct crawled {
    std::map<std::string, std::string> bodies;  // by url
    std::set<std::string> missing;
};

// All pages that can be reached from `url` in fewer than `depth` steps, by at most `limit` tasks at
// a time. Stops early when ctx is done.
crawled crawl(const context& ctx, const std::string& url, int depth, fake_web& web,
              std::ptrdiff_t limit) {
    crawled result;
    std::set<std::string> seen{url};
    std::vector<std::string> level{url};
    for (; depth > 0 && !level.empty(); --depth) {
        std::vector<const page*> pages(level.size(), nullptr);  // each task has its own element
        {
            error_group group(ctx);
            group.set_limit(limit);
            for (std::size_t i = 0; i < level.size(); ++i)
                group.go([&, i](const context& mine) {
                    if (mine.err()) return;
                    try {
                        pages[i] = &web.fetch(level[i]);
                    } catch (const not_found&) {
                        // A missing page is part of the result and does not stop the others.
                    }
                });
            group.wait();
        }
        if (ctx.err()) break;
        std::vector<std::string> next;
        for (std::size_t i = 0; i < level.size(); ++i) {
            if (pages[i] == nullptr) {
                result.missing.insert(level[i]);
                continue;
            }
            result.bodies[level[i]] = pages[i]->body;
            for (const std::string& link : pages[i]->links)
                if (seen.insert(link).second) next.push_back(link);
        }
        level = std::move(next);
    }
    return result;
}

// The tour's four pages.
fake_web golang_org() {
    return fake_web({
        {"https://golang.org/",
         {"The Go Programming Language", {"https://golang.org/pkg/", "https://golang.org/cmd/"}}},
        {"https://golang.org/pkg/",
         {"Packages",
          {"https://golang.org/", "https://golang.org/cmd/", "https://golang.org/pkg/fmt/",
           "https://golang.org/pkg/os/"}}},
        {"https://golang.org/pkg/fmt/",
         {"Package fmt", {"https://golang.org/", "https://golang.org/pkg/"}}},
        {"https://golang.org/pkg/os/",
         {"Package os", {"https://golang.org/", "https://golang.org/pkg/"}}},
    });
}

class CrawlerTest : public braid_test::fixture {};

TEST_F(CrawlerTest, EachPageOfTheTourIsFetchedOnce) {
    fake_web web = golang_org();
    const crawled c = crawl(background(), "https://golang.org/", 4, web, 8);
    EXPECT_THAT(c.bodies,
                UnorderedElementsAre(Pair("https://golang.org/", "The Go Programming Language"),
                                     Pair("https://golang.org/pkg/", "Packages"),
                                     Pair("https://golang.org/pkg/fmt/", "Package fmt"),
                                     Pair("https://golang.org/pkg/os/", "Package os")));
    EXPECT_THAT(c.missing, ElementsAre("https://golang.org/cmd/"));
    EXPECT_EQ(web.fetches().size(), 5U);
    for (const auto& [url, n] : web.fetches()) EXPECT_EQ(n, 1) << url;
}

TEST_F(CrawlerTest, ItGoesNoFurtherThanItsDepth) {
    for (const auto& [depth, fetched] : {std::pair{0, 0U}, {1, 1U}, {2, 3U}, {3, 5U}, {9, 5U}}) {
        fake_web web = golang_org();
        crawl(background(), "https://golang.org/", depth, web, 8);
        EXPECT_EQ(web.fetches().size(), fetched) << "depth " << depth;
    }
}

TEST_F(CrawlerTest, APageThatIsMissingIsNoFailure) {
    fake_web web({});
    const crawled c = crawl(background(), "https://nowhere/", 4, web, 8);
    EXPECT_THAT(c.bodies, IsEmpty());
    EXPECT_THAT(c.missing, ElementsAre("https://nowhere/"));
}

// The pages of one level are fetched at the same time: none answers before all are asked.
TEST_F(CrawlerTest, PagesOfALevelAreFetchedInParallel) {
    fake_web web({{"/", {"", {"/a", "/b", "/c"}}}, {"/a", {}}, {"/b", {}}, {"/c", {}}});
    const auto asked = make_channel<unit>(3);
    const auto go_on = make_channel<unit>();
    web.before_answer = [&](const std::string& url) {
        if (url == "/") return;
        asked.send(unit{});
        go_on.receive();
    };
    task t = go([&] { crawl(background(), "/", 2, web, 8); });
    for (int i = 0; i < 3; ++i) asked.receive();
    go_on.close();
    t.join();
    EXPECT_EQ(web.most_at_once(), 3);
}

// A random web, against a search without tasks.
struct random_web {
    explicit random_web(std::uint32_t seed) {
        std::mt19937 random(seed);
        for (int i = 0; i < 200; ++i) {
            page p{"body " + std::to_string(i), {}};
            for (std::uint32_t l = 0; l < 3; ++l)
                p.links.push_back(url(static_cast<int>(random() % 220)));
            pages[url(i)] = p;
        }
    }
    static std::string url(int i) { return std::string("/").append(std::to_string(i)); }

    crawled expected(int depth) const {
        crawled result;
        std::set<std::string> level{url(0)};
        for (; depth > 0; --depth) {
            std::set<std::string> next;
            for (const std::string& u : level) {
                const auto found = pages.find(u);
                if (found == pages.end()) {
                    result.missing.insert(u);
                } else if (result.bodies.emplace(u, found->second.body).second) {
                    next.insert(found->second.links.begin(), found->second.links.end());
                }
            }
            level = std::move(next);
        }
        return result;
    }

    std::map<std::string, page> pages;
};

TEST_F(CrawlerTest, ARandomWebIsCrawledAsByOneThread) {
    for (std::uint32_t seed = 0; seed < 5; ++seed) {
        const random_web random(seed);
        for (const int depth : {2, 4, 20}) {
            fake_web web(random.pages);
            const crawled c = crawl(background(), random_web::url(0), depth, web, 4);
            const crawled expected = random.expected(depth);
            EXPECT_EQ(c.bodies, expected.bodies) << "seed " << seed << ", depth " << depth;
            EXPECT_EQ(c.missing, expected.missing);
            EXPECT_EQ(web.fetches().size(), c.bodies.size() + c.missing.size());
            for (const auto& [url, n] : web.fetches()) ASSERT_EQ(n, 1) << url;
            EXPECT_LE(web.most_at_once(), 4);
        }
    }
}

TEST_F(CrawlerTest, ACancelledCrawlFetchesNothingMore) {
    const random_web random(1);
    fake_web web(random.pages);
    auto ctx = with_cancel(background());
    web.before_answer = [&](const std::string&) { ctx.cancel(); };  // during the first fetch
    const crawled c = crawl(ctx, random_web::url(0), 20, web, 4);
    EXPECT_EQ(web.fetches().size(), 1U);
    EXPECT_THAT(c.bodies, IsEmpty());
}

}  // namespace braid::crawler_test
