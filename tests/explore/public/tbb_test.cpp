// The mutexes of oneTBB (libtbb-dev) that are header-only, unmodified.
#include <gtest/gtest.h>
#include <oneapi/tbb/queuing_mutex.h>
#include <oneapi/tbb/spin_mutex.h>
#include <oneapi/tbb/spin_rw_mutex.h>

#include <thread>

#include "tests/explore/public/expect.hpp"

namespace {

// `add` adds to a plain counter, in three threads.
template <class Add>
void add_in_three(const int& counter, Add add) {
    std::thread a(add);
    std::thread b(add);
    add();
    a.join();
    b.join();
    explore::require(counter == 3, "an update is lost");
}

template <class Mutex>
void expect_excludes() {
    expect_nothing([] {
        Mutex m;
        int counter = 0;
        add_in_three(counter, [&] {
            const typename Mutex::scoped_lock held(m);
            ++counter;
        });
    });
}

TEST(TbbTest, SpinMutexExcludes) { expect_excludes<tbb::spin_mutex>(); }
TEST(TbbTest, QueuingMutexExcludes) { expect_excludes<tbb::queuing_mutex>(); }
TEST(TbbTest, SpinRwMutexExcludesWriters) { expect_excludes<tbb::spin_rw_mutex>(); }

TEST(TbbTest, SpinRwMutexUpgrades) {
    expect_nothing([] {
        tbb::spin_rw_mutex m;
        int counter = 0;
        add_in_three(counter, [&] {
            tbb::spin_rw_mutex::scoped_lock held(m, false);
            int seen = counter;
            if (!held.upgrade_to_writer()) seen = counter;  // it was free in between
            counter = seen + 1;
        });
    });
}

}  // namespace
