// mutex, rw_mutex, semaphore and once: every schedule of the scenarios, judged.
#include <stdexcept>

#include "patterns/context/context.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/mutex/rw_mutex.hpp"
#include "patterns/once/once.hpp"
#include "patterns/semaphore/semaphore.hpp"
#include "tests/explore/braid/lock_models.hpp"
#include "tests/explore/braid/scenarios.hpp"

namespace {

using namespace explore;

// What a lock protects is plain: one that does not exclude is a data race.
class locked_counter {
public:
    void write() { ++value_; }
    void read() const { require(value_ >= 0, "no number"); }

private:
    int value_ = 0;
};

class mutex_subject {
public:
    answer call(int task, step s) {
        bool& mine = held_[task];
        if (s.what == mutex_model::unlock) {
            if (!mine) return {.called = false};
            mine = false;
            m_.unlock();
            return {};
        }
        if (s.what == mutex_model::lock)
            m_.lock();
        else if (!m_.try_lock())
            return {0};
        mine = true;
        counter_.write();
        return {1};
    }

private:
    braid::mutex m_;
    locked_counter counter_;
    bool held_[4] = {};
};

TEST(BraidSearchTest, Mutex) {
    const std::vector<std::string> steps{"lock unlock", "try_lock unlock"};
    search_of all("mutex");
    for (const std::vector<int>& lengths : {std::vector{2, 2}, {1, 1, 1}, {2, 1, 1}})
        all.run(
            mutex_model{}, [] { return new mutex_subject; }, all_of(steps, lengths));
    all.run(mutex_model{}, [] { return new mutex_subject; },
            {
                "lock unlock lock unlock lock unlock | lock unlock lock unlock | lock unlock",
                // who waits for more than 1 ms has it handed over
                "lock settle unlock lock unlock | lock unlock | lock unlock",
                "lock settle unlock try_lock unlock | lock unlock | try_lock unlock",
                "lock | lock | try_lock",
            });
}

class rw_mutex_subject {
    using m = rw_mutex_model;

public:
    answer call(int task, step s) {
        switch (s.what) {
            case m::lock:
                m_.lock();
                return got_to_write(task);
            case m::try_lock:
                return m_.try_lock() ? got_to_write(task) : answer{0};
            case m::lock_shared:
                m_.lock_shared();
                return got_to_read(task);
            case m::try_lock_shared:
                return m_.try_lock_shared() ? got_to_read(task) : answer{0};
            default:
                return unlock(task, s.what);
        }
    }

private:
    answer got_to_write(int task) {
        held_[task] = m::unlock;
        counter_.write();
        return {1};
    }
    answer got_to_read(int task) {
        held_[task] = m::unlock_shared;
        counter_.read();
        return {1};
    }
    answer unlock(int task, int what) {
        if (held_[task] != what) return {.called = false};
        held_[task] = 0;
        what == m::unlock ? m_.unlock() : m_.unlock_shared();
        return {};
    }

    braid::rw_mutex m_;
    locked_counter counter_;
    int held_[4] = {};  // how it is to be unlocked, or 0
};

TEST(BraidSearchTest, RwMutex) {
    const std::string w = "lock unlock", tw = "try_lock unlock", r = "lock_shared unlock_shared",
                      tr = "try_lock_shared unlock_shared";
    const std::vector<std::string> steps{w, tw, r, tr};
    search_of all("rw_mutex");
    for (const std::vector<int>& lengths : {std::vector{2, 1}, {1, 1, 1}})
        all.run(
            rw_mutex_model{}, [] { return new rw_mutex_subject; }, all_of(steps, lengths));
    all.run(rw_mutex_model{}, [] { return new rw_mutex_subject; },
            {
                w + " " + w + " | " + r + " " + r,
                "lock_shared | lock | lock_shared",
                "lock_shared | lock | settle try_lock_shared",
                "lock_shared | lock unlock | settle lock_shared",
                "lock_shared settle unlock_shared | lock unlock | lock_shared unlock_shared",
                "lock settle unlock | lock unlock | lock_shared unlock_shared",
            });
}

class semaphore_subject {
    using m = semaphore_model;

public:
    explicit semaphore_subject(int capacity) : s_(capacity) {}

    answer call(int task, step s) {
        switch (s.what) {
            case m::acquire:
                s_.acquire(s.argument);
                return got(task, s, true);
            case m::try_acquire:
                return got(task, s, s_.try_acquire(s.argument));
            case m::acquire_under:
                return got(task, s, s_.acquire(ctx_, s.argument));
            case m::cancel:
                ctx_.cancel();
                return {};
            default:
                return release(task, s.argument);
        }
    }

private:
    answer got(int task, step s, bool acquired) {
        if (!acquired) return {0};
        held_[task] += s.argument;
        if (s_.capacity() == 1) counter_.write();
        return {1};
    }
    answer release(int task, int n) {
        if (held_[task] < n) return {.called = false};
        held_[task] -= n;
        s_.release(n);
        return {};
    }

    braid::semaphore s_;
    braid::scoped_context ctx_ = braid::with_cancel(braid::background());
    locked_counter counter_;
    int held_[4] = {};
};

TEST(BraidSearchTest, Semaphore) {
    const auto of = [](int n) { return [=] { return new semaphore_subject(n); }; };
    search_of all("semaphore");
    all.run(semaphore_model(1), of(1),
            {
                "acquire1 release1 try_acquire1 | acquire1 release1 try_acquire1",
                "acquire1 release1 | acquire1 release1 | acquire1 release1",
                "acquire1 release1 | try_acquire1 release1 | try_acquire1 release1",
            });
    all.run(semaphore_model(2), of(2),
            {
                "acquire1 | acquire2 | acquire1",
                "acquire1 | acquire2 | settle try_acquire1",
                "acquire1 release1 | acquire2 | settle acquire1",
                "acquire2 release2 | acquire1 | acquire1",
                "acquire2 release1 release1 | acquire2 | try_acquire1",
                "acquire2 release2 acquire1 | acquire_under2 | cancel",
                "acquire1 acquire_under2 | settle cancel acquire1",
                "acquire1 acquire_under2 | acquire1 | settle cancel",
            });
}

class once_subject {
public:
    answer call(int, step s) {
        bool mine = false;
        try {
            once_.call([&] {
                mine = true;
                value_ = begun_.fetch_add(1) + 1;  // others may look meanwhile
                if (s.what == once_model::call_throwing) throw std::runtime_error("once");
            });
        } catch (const std::runtime_error&) {
            return {once_model::threw};
        }
        require(value_ == 1, "not called, or twice");
        return {mine ? once_model::ran : once_model::others_did};
    }

private:
    braid::once once_;
    std::atomic<int> begun_{0};
    int value_ = 0;
};

TEST(BraidSearchTest, Once) {
    search_of all("once");
    for (const std::vector<int>& lengths : {std::vector{1, 1, 1}, {2, 2}})
        all.run(
            once_model{}, [] { return new once_subject; },
            all_of({"call", "call_throwing"}, lengths));
}

}  // namespace
