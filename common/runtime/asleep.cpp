#include "common/runtime/asleep.hpp"

#include <dirent.h>
#include <unistd.h>

#include <string>

#include "common/runtime/clock.hpp"
#include "common/runtime/parker.hpp"
#include "common/runtime/worker.hpp"

namespace braid::runtime {

int foreign_threads() noexcept {
    DIR* const dir = opendir("/proc/self/task");
    if (dir == nullptr) return 0;
    int count = 0;
    while (const dirent* entry = readdir(dir)) count += entry->d_name[0] != '.' ? 1 : 0;
    closedir(dir);
    const int own =
        static_cast<int>(scheduler::started()) + clock::threads() + (BRAID_TSAN ? 1 : 0);
    return count - own;
}

#if BRAID_LIFECYCLE

void scheduler::look_for_deadlock() noexcept {}  // reports::look_for_deadlock does

#else

// The deadlock report of a build without the registry, which cannot say who waits for whom.
//
// Nobody runs who could make a fiber ready: neither a worker, nor the clock, nor a thread that is
// not asleep in Braid. `news_` tells whether a worker woke up while we looked.
void scheduler::look_for_deadlock() noexcept {
    const auto all = static_cast<int>(size());
    const std::uint32_t news = news_.load(std::memory_order_seq_cst);
    const int asleep = threads_asleep();
    if (asleep == 0 || !clock::idle() || sleeping_.load(std::memory_order_seq_cst) != all) return;
    if (foreign_threads() != asleep) return;
    if (threads_asleep() != asleep || !nothing_to_do() || !clock::idle() ||
        sleeping_.load(std::memory_order_seq_cst) != all ||
        news_.load(std::memory_order_seq_cst) != news)
        return;
    const std::string report =
        std::string(deadlock_headline) +
        "(a build with BRAID_LIFECYCLE=ON tells which they are, and who waits for whom)\n";
    static_cast<void>(!write(STDERR_FILENO, report.data(), report.size()));
    _exit(deadlock_status);
}

#endif

}  // namespace braid::runtime
