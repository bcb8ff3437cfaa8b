// pool and worker_pool: every schedule of the scenarios, judged.
#include <stdexcept>

#include "patterns/pool/pool.hpp"
#include "patterns/worker_pool/worker_pool.hpp"
#include "tests/explore/braid/pool_models.hpp"
#include "tests/explore/braid/scenarios.hpp"

namespace {

using namespace explore;

struct numbered_object {
    int number;
    int uses = 0;
};

class pools {
    using m = pool_model;

public:
    answer call(int task, step s) {
        auto& mine = mine_[task];
        switch (s.what) {
            case m::get:
                if (mine != nullptr) return {.called = false};
                mine = pool_.get();
                return {use(*mine)};
            case m::try_get:
                if (mine != nullptr) return {.called = false};
                mine = pool_.try_get();
                return {mine != nullptr ? use(*mine) : 0};
            case m::put: {
                if (mine == nullptr) return {.called = false};
                const int number = mine->number;
                pool_.put(std::move(mine));
                return {number};
            }
            default:
                pool_.trim();
                return {};
        }
    }

private:
    static int use(numbered_object& o) {
        ++o.uses;
        return o.number;
    }

    std::atomic<int> made_{0};
    braid::pool<numbered_object> pool_{[this] { return numbered_object{made_.fetch_add(1) + 1}; }};
    braid::pooled<numbered_object> mine_[4];
};

TEST(BraidSearchTest, Pool) {
    search_of all("pool");
    all.run(pool_model{}, [] { return new pools; },
            {
                "get put get | get put",
                "get put get | try_get put",
                "get put try_get | trim",
                "get put trim | try_get",
                "get put | trim trim",
            });
    all.run_more(pool_model{}, [] { return new pools; },
                 {
                     "get put | get | try_get",
                     "get put | get put | try_get put",
                 });
}

class worker_pools {
    using m = worker_pool_model;

public:
    worker_pools(std::size_t workers, std::size_t queue)
        : workers_(workers),
          pool_(braid::background(), {.workers = workers, .queue = queue},
                [this](int job) { work(job); }) {}

    answer call(int, step s) {
        switch (s.what) {
            case m::submit:
                return {pool_.submit(braid::background(), s.argument)};
            case m::try_submit:
                return {pool_.try_submit(s.argument)};
            case m::close:
                pool_.close();
                return {};
            default:
                return {end(s.what)};
        }
    }

private:
    void work(int job) {
        ends(begins(0, m::enters, job), 0);
        if (workers_ == 1) ++plain_;
        begun_.fetch_add(1);
        ends(begins(0, m::leaves, job), 0);
        if (job >= m::failing) throw job;
    }
    int end(int what) {
        try {
            return static_cast<int>(what == m::drain ? pool_.drain() : pool_.stop());
        } catch (int job) {
            return -job;
        }
    }

    const std::size_t workers_;
    int plain_ = 0;
    std::atomic<int> begun_{0};
    braid::worker_pool<int> pool_;
};

TEST(BraidSearchTest, WorkerPool) {
    search_of all("worker_pool");
    const auto of = [](std::size_t workers, std::size_t queue) {
        return [=] {
            auto* const pool = new worker_pools(workers, queue);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the workers wait
            return pool;
        };
    };
    all.run(worker_pool_model(1, 1), of(1, 1),
            {
                "submit1 submit2 stop",
                "submit1 try_submit2 try_submit3 drain",
                "submit8 submit1 drain",
                "submit1 close submit2 drain",
            });
    all.run(worker_pool_model(1, 0), of(1, 0), {"submit1 | drain", "submit8 | submit1"});
    all.run_more(worker_pool_model(1, 0), of(1, 0), {"submit1 | stop"});
    all.run_more(worker_pool_model(2, 0), of(2, 0), {"submit1 submit2 drain"});
}

}  // namespace
