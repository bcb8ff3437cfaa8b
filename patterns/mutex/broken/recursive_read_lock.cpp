// mutex.4  A reader that reads again, and a writer in between          (MX7)
// Breaks:  I6, a task takes the read lock once
// Seen in: cockroachdb/cockroach#3710, kubernetes/kubernetes#62464; in C++ kuzudb/kuzu#3820
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: The reader waits in lock_shared for a lock that is "held by" the reader itself. Why does
//          it wait, if readers do not exclude each other? Look for the third one: a writer waits
//          for the same lock, and holds off new readers. It goes well as long as no writer comes
//          between the two, which is nearly always.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/steps.hpp"
#include "common/task.hpp"
#include "patterns/mutex/rw_mutex.hpp"

using namespace braid;

steps order;

class names {
public:
    void add(std::string name) {
        lock_.lock();
        all_.push_back(std::move(name));
        lock_.unlock();
    }

    std::size_t count() {
        lock_.lock_shared();  // BUG
        const std::size_t n = all_.size();
        lock_.unlock_shared();
        return n;
    }

    std::string summary() {
        lock_.lock_shared();
        order.at(1);
        order.at(4);
        std::string text = std::to_string(count()) + " names";
        lock_.unlock_shared();
        return text;
    }

    // A writer waits as soon as no reader is let in any more.
    bool writer_waits() {
        if (!lock_.try_lock_shared()) return true;
        lock_.unlock_shared();
        return false;
    }

private:
    rw_mutex lock_;
    std::vector<std::string> all_;
};

int main() {
    names n;
    task reader = go({.name = "reader"}, [&] { std::puts(n.summary().c_str()); });
    task writer = go({.name = "writer"}, [&] {
        order.at(2);
        n.add("Ada");
    });
    while (std::getenv("NATURAL") == nullptr && !n.writer_waits()) this_task::yield();
    order.at(3);
    reader.join();
    writer.join();
}
