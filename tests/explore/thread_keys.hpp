#pragma once

#include <pthread.h>

#include <array>
#include <cstddef>
#include <vector>

#include "tests/explore/vector_clock.hpp"

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
    void begin_thread(int id);
    void end_thread(int id);
    void has_set(int id) { has_values_[static_cast<std::size_t>(id)] = true; }

private:
    std::vector<pthread_key_t> made_;
    std::array<bool, max_threads> has_values_{};  // in the TCB, perhaps from an earlier thread
};

}  // namespace explore
