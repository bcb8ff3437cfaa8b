// A logger that waits for the next line when main returns.
#include <condition_variable>
#include <mutex>
#include <queue>
#include <string>
#include <thread>

int main() {
    struct logger {
        std::mutex m;
        std::condition_variable changed;
        std::queue<std::string> lines;
    };
    auto* const log = new logger;
    std::thread([log] {
        for (;;) {
            std::unique_lock lock(log->m);
            log->changed.wait(lock, [log] { return !log->lines.empty(); });
            log->lines.pop();
        }
    }).detach();
    const std::lock_guard lock(log->m);
    log->lines.emplace("the end");
    log->changed.notify_one();
}
