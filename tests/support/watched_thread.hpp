#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace braid_test {

// A thread, joined at the end, of which one can tell whether it sleeps.
class watched_thread {
public:
    explicit watched_thread(std::function<void()> f)
        : thread_([this, f = std::move(f)] {
              id_ = static_cast<int>(syscall(SYS_gettid));
              f();
              ended_ = true;
          }) {}
    watched_thread(const watched_thread&) = delete;
    watched_thread& operator=(const watched_thread&) = delete;
    ~watched_thread() { thread_.join(); }

    // Returns once the thread sleeps in the kernel, or has ended. It may sleep for another reason
    // than the one the test is about: so this makes an order likely, and gives none.
    void until_asleep() const {
        while (!ended_ && (id_ == 0 || state() != 'S')) std::this_thread::yield();
    }
    bool ended() const { return ended_; }

private:
    char state() const {
        std::ifstream stat("/proc/self/task/" + std::to_string(id_) + "/stat");
        std::string text;
        std::getline(stat, text);
        const auto name_end = text.rfind(") ");
        return name_end == std::string::npos ? '?' : text[name_end + 2];
    }

    std::atomic<int> id_{0};
    std::atomic<bool> ended_{false};
    std::thread thread_;  // last: it uses the others
};

}  // namespace braid_test
