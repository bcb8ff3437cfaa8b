#pragma once

#include <pthread.h>

#include <vector>

namespace explore {

// The keys of pthread_key_create: what they hold at the end of a thread is handed to a function,
// which is how the C++ library does something at that moment. The values themselves stand in the
// TCBs, where the C library keeps and finds them.
class thread_keys {
public:
    // Makes what is made once, before globals are saved.
    void prepare();

    // A key that the running execution has made for itself: the next one makes another.
    void made(pthread_key_t key) { made_.push_back(key); }
    void removed(pthread_key_t key) { std::erase(made_, key); }
    void remove_made();

    // Of the thread that runs: it begins without values, and in the end its values are taken.
    static void begin_thread();
    static void end_thread();

private:
    std::vector<pthread_key_t> made_;
};

}  // namespace explore
