// wait_group.4  Stop holds the lock that the tasks need to end         (WG3)
// Breaks:  the rule of every wait: hold nothing that those you wait for may want
// Seen in: cockroachdb/cockroach#1055
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: The report ends with the cycle. Thread #1, which is main, waits in "wait" for the wait
//          group, which the worker must end for; the worker waits in "lock" for the mutex, which
//          thread #1 holds. Each half looks right on its own page. TSan knows locks and not what
//          waits for what, so it is silent.

#include <mutex>

#include "common/steps.hpp"
#include "patterns/mutex/mutex.hpp"
#include "patterns/wait_group/wait_group.hpp"

using namespace braid;

class server {
public:
    void start() {
        tasks_.go({.name = "worker"}, [this] {
            order_.at(2);
            const std::scoped_lock lock(mutex_);
            ++served_;
        });
    }

    void stop() {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
        order_.at(1);
        tasks_.wait();  // BUG
    }

private:
    steps order_;
    mutex mutex_;
    bool stopped_ = false;
    int served_ = 0;
    wait_group tasks_;
};

int main() {
    server s;
    s.start();
    s.stop();
}
