// once.2  Double-checked locking on a plain flag                       (ON2)
// Breaks:  I1, the initialiser happens before every use
// Seen in: openjdk/jcstress, sample Singleton_07_BrokenNonVolatileDCL; C++ Core Guidelines CP.110
// Expect:  plain=ok asan=ok tsan=data-race@BUG leak=ok explore=data-race@BUG
// Reading: The report has a look at the flag without the lock, and the write of it under the lock.
//          A lock orders those who take it. Whoever sees true here has not, so nothing says that
//          it sees the name, too: the compiler and the processor may let the two writes arrive in
//          either order. On x86 they arrive in order, and the program seems to work.

#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

#include "common/steps.hpp"

class settings {
public:
    const std::string& name() {
        if (!loaded_) {  // BUG
            const std::scoped_lock lock(mutex_);
            if (!loaded_) {
                name_ = "default";
                loaded_ = true;
            }
        }
        return name_;
    }

private:
    std::mutex mutex_;
    bool loaded_ = false;
    std::string name_;
};

int main() {
    braid::steps order;
    settings s;
    std::thread first([&] {
        s.name();
        order.at(1);
    });
    std::thread second([&] {
        order.at(2);
        std::puts(s.name().c_str());
    });
    first.join();
    second.join();
}
