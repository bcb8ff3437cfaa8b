// Who is woken may destroy what it has waited on. Its memory is gone while the waker is perhaps
// still on the way out.
#include <gtest/gtest.h>

#include <memory>

#include "common/task.hpp"
#include "patterns/mutex/cond.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/mutex/rw_mutex.hpp"
#include "patterns/semaphore/semaphore.hpp"
#include "patterns/wait_group/wait_group.hpp"
#include "tests/explore/expect.hpp"

namespace {

using namespace braid;

TEST(BraidSearchTest, WhoIsWokenMayDestroyACond) {
    expect_right(
        [] {
            mutex m;
            auto c = std::make_unique<cond>(m);
            m.lock();
            task wakes = go([&, it = c.get()] {
                m.lock();
                m.unlock();
                it->signal();
            });
            c->wait();
            m.unlock();
            c.reset();
        },
        2);
}

TEST(BraidSearchTest, WhoHasWaitedMayDestroyAWaitGroup) {
    expect_right(
        [] {
            auto g = std::make_unique<wait_group>();
            g->go([] {});
            g->wait();
            g.reset();
        },
        3);
}

// Nobody locks it once more between the end of this wait and the end of its memory.
TEST(BraidSearchTest, TheDestructorOfAWaitGroupWaits) {
    expect_right(
        [] {
            auto g = std::make_unique<wait_group>();
            g->go([] {});
            g.reset();
        },
        3);
}

TEST(BraidSearchTest, WhoGotInLastMayDestroyASemaphore) {
    expect_right(
        [] {
            auto s = std::make_unique<semaphore>(1);
            s->acquire();
            task lets_in = go([it = s.get()] { it->release(); });
            s->acquire();
            s.reset();
        },
        3);
}

TEST(BraidSearchTest, WhoWroteLastMayDestroyAnRwMutex) {
    expect_right(
        [] {
            auto m = std::make_unique<rw_mutex>();
            m->lock_shared();
            task reads = go([it = m.get()] { it->unlock_shared(); });
            m->lock();
            m->unlock();
            m.reset();
        },
        3);
}

}  // namespace
