// The deadlock report of a build without the registry, which cannot say who waits for whom.
#include <dirent.h>
#include <unistd.h>

#include <string_view>

#include "common/runtime/clock.hpp"
#include "common/runtime/parker.hpp"
#include "common/runtime/worker.hpp"

namespace braid::runtime {

#if BRAID_LIFECYCLE

void scheduler::look_for_deadlock() noexcept {}  // reports::look_for_deadlock does

#else

namespace {

int threads_of_process() noexcept {
    DIR* const dir = opendir("/proc/self/task");
    if (dir == nullptr) return 0;
    int count = 0;
    while (const dirent* entry = readdir(dir)) count += entry->d_name[0] != '.' ? 1 : 0;
    closedir(dir);
    return count;
}

}  // namespace

// Nobody runs who could make a fiber ready: neither a worker, nor the clock, nor a thread that is
// not asleep in Braid. `news_` tells whether a worker woke up while we looked.
void scheduler::look_for_deadlock() noexcept {
    const auto all = static_cast<int>(size());
    const std::uint32_t news = news_.load(std::memory_order_seq_cst);
    const int asleep = threads_asleep();
    if (asleep == 0 || !clock::idle() || sleeping_.load(std::memory_order_seq_cst) != all) return;
    constexpr int own = BRAID_TSAN ? 1 : 0;
    if (threads_of_process() != all + asleep + clock::threads() + own) return;
    if (threads_asleep() != asleep || !nothing_to_do() || !clock::idle() ||
        sleeping_.load(std::memory_order_seq_cst) != all ||
        news_.load(std::memory_order_seq_cst) != news)
        return;
    constexpr std::string_view report =
        "braid: all tasks are asleep - deadlock!\n"
        "(a build with BRAID_LIFECYCLE=ON tells which they are, and who waits for whom)\n";
    static_cast<void>(!write(STDERR_FILENO, report.data(), report.size()));
    _exit(2);
}

#endif

}  // namespace braid::runtime
