// context, wait_group and error_group: every schedule of the scenarios, judged.
#include <stdexcept>

#include "patterns/error_group/error_group.hpp"
#include "patterns/wait_group/wait_group.hpp"
#include "tests/explore/braid/group_models.hpp"
#include "tests/explore/braid/scenarios.hpp"

namespace {

using namespace explore;

// A failure with the number of who has failed.
struct numbered : std::runtime_error {
    explicit numbered(int n) : runtime_error("numbered"), number(n) {}
    int number;
};

int number_of(const std::exception_ptr& e) {
    try {
        if (e != nullptr) std::rethrow_exception(e);
        return 0;
    } catch (const numbered& n) {
        return n.number;
    }
}

class contexts {
    using m = context_model;

public:
    answer call(int, step s) {
        switch (s.what) {
            case m::cancel:
                parent_.cancel(numbered(s.argument));
                return {};
            case m::err:
                return {is_canceled(parent_)};
            case m::cause:
                return {number_of(parent_.cause())};
            case m::wait:
                parent_.done().receive();
                require(is_canceled(parent_), "done says more than err");
                return {1};
            case m::cancel_child:
                child_.cancel();
                return {};
            case m::err_child:
                return {is_canceled(child_)};
            case m::poll_child:
                return {child_.done().try_receive().status == braid::receive_status::closed};
            default:
                child_.done().receive();
                require(is_canceled(child_), "done says more than err");
                return {1};
        }
    }

private:
    static bool is_canceled(const braid::scoped_context& c) {
        return c.err() == braid::context_errc::canceled;
    }

    braid::scoped_context parent_ = braid::with_cancel(braid::background());
    braid::scoped_context child_ = braid::with_cancel(parent_);
};

TEST(BraidSearchTest, Context) {
    search_of all("context", false);
    all.run(context_model{}, [] { return new contexts; },
            {
                "cancel1 err_child | err_child err",
                "cancel1 err_child | poll_child err",
                "cancel1 | wait_child err",
                "cancel1 | cancel_child err_child err",
                "cancel1 cause err_child | cancel2 cause err_child",
                "cancel_child err | wait_child err",
                "cancel_child cancel1 | wait",
                "cancel1 err_child | cancel2 err_child | err_child",
            });
    all.run_more(context_model{}, [] { return new contexts; },
                 {
                     "cancel_child | wait | wait_child",
                     "cancel1 | wait_child err | cancel_child",
                 });
}

class wait_groups {
    using m = wait_group_model;

public:
    answer call(int, step s) {
        switch (s.what) {
            case m::add:
            case m::done:
                return change(s);
            case m::count:
                return {static_cast<int>(group_.count())};
            case m::wait_under:
                return {group_.wait(ctx_)};
            case m::cancel:
                ctx_.cancel();
                return {};
            default:
                group_.wait();
                return {1};
        }
    }

private:
    answer change(step s) {
        try {
            s.what == m::add ? group_.add(s.argument) : group_.done();
            return {1};
        } catch (const std::logic_error&) {
            return {0};
        }
    }

    braid::wait_group group_;
    braid::scoped_context ctx_ = braid::with_cancel(braid::background());
};

TEST(BraidSearchTest, WaitGroup) {
    search_of all("wait_group");
    all.run(wait_group_model{}, [] { return new wait_groups; },
            {
                "add1 done count | done add1 wait",
                "add2 done wait | done done",
                "add1 done wait_under | cancel wait",
                "add1 done | wait | wait",
                "add2 done | done wait | wait",
                "add1 done | wait_under | cancel",
                "add1 | wait | wait_under",
            });
}

class error_groups {
    using m = error_group_model;

public:
    explicit error_groups(int limit) : limit_(limit) { group_.set_limit(limit); }

    answer call(int, step s) {
        switch (s.what) {
            case m::go:
                group_.go([this, s] { work(s.argument); });
                return {};
            case m::try_go:
                return {group_.try_go([this, s] { work(s.argument); })};
            case m::failure:
                return {number_of(group_.failure())};
            case m::err:
                return {static_cast<bool>(group_.ctx().err())};
            case m::until_done:
                group_.ctx().done().receive();
                return {1};
            default:
                return {wait()};
        }
    }

private:
    void work(int task) {
        ends(begins(0, m::enters, task), 0);
        if (limit_ == 1) ++plain_;  // what runs one by one needs no lock
        begun_.fetch_add(1);
        ends(begins(0, m::leaves, task), 0);
        if (task > 0) throw numbered(task);
    }
    int wait() {
        try {
            group_.wait();
            return 0;
        } catch (const numbered& n) {
            return n.number;
        }
    }

    braid::error_group group_{braid::background()};
    const int limit_;
    int plain_ = 0;
    std::atomic<int> begun_{0};
};

TEST(BraidSearchTest, ErrorGroup) {
    search_of all("error_group", false);
    const auto of = [](int limit) { return [=] { return new error_groups(limit); }; };
    all.run(error_group_model(2), of(2),
            {
                "go1 go2 wait",
                "go0 wait | err",
                "go1 | until_done failure",
                "go1 wait failure | err failure",
            });
    all.run(error_group_model(1), of(1),
            {
                "go1 go2 wait",
                "go0 try_go1 wait",
            });
    all.run_more(error_group_model(1), of(1), {"go1 wait | go2 failure"});
}

}  // namespace
