#include "tests/explore/thread_keys.hpp"

#include <limits.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace explore {
namespace {

struct key_table {
    std::array<void (*)(void*), PTHREAD_KEYS_MAX> destructors;
    pthread_key_t end;  // they are all below
};

// Not among the globals, which are put back: libraries keep the keys that they have made.
key_table& keys() {
    static constinit key_table* table = nullptr;
    if (table == nullptr) {
        void* const got = mmap(nullptr, sizeof(key_table), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (got == MAP_FAILED) give_up("no memory for the keys of threads");
        table = static_cast<key_table*>(got);
    }
    return *table;
}

}  // namespace

void thread_keys::prepare() {
    keys();
    // The C++ library makes keys of its own at the first use, which would then be like no other.
    static const bool made = [] {
        std::thread([] {
            std::promise<void>().set_value_at_thread_exit();
            static std::mutex m;
            static std::condition_variable c;
            std::notify_all_at_thread_exit(c, std::unique_lock(m));
        }).join();
        return true;
    }();
    static_cast<void>(made);
}

void thread_keys::remove_made() {
    for (const pthread_key_t key : made_) pthread_key_delete(key);
    made_.clear();
}

void thread_keys::begin_thread(int id) {
    if (!std::exchange(has_values_[static_cast<std::size_t>(id)], false)) return;
    for (pthread_key_t key = 0; key != keys().end; ++key) real().pthread_setspecific(key, nullptr);
}

// As often as the C library does it, for values that destructors have set.
void thread_keys::end_thread(int id) {
    if (!has_values_[static_cast<std::size_t>(id)]) return;
    for (int round = 0; round != PTHREAD_DESTRUCTOR_ITERATIONS; ++round)
        for (pthread_key_t key = 0; key != keys().end; ++key) {
            void* const value = pthread_getspecific(key);
            if (value == nullptr || keys().destructors[key] == nullptr) continue;
            real().pthread_setspecific(key, nullptr);
            in_program = true;
            keys().destructors[key](value);
            in_program = false;
        }
}

}  // namespace explore

extern "C" {

using namespace explore;

int pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) noexcept {
    const int error = real().pthread_key_create(key, destructor);
    if (error != 0) return error;
    keys().destructors[*key] = destructor;
    keys().end = std::max(keys().end, *key + 1);
    if (!in_program || !is_programs(CALLER)) return 0;
    entered here;
    the_engine().keys().made(*key);
    return 0;
}

int pthread_key_delete(pthread_key_t key) noexcept {
    const int error = real().pthread_key_delete(key);
    if (error != 0) return error;
    keys().destructors[key] = nullptr;
    if (!in_program) return 0;
    entered here;
    the_engine().keys().removed(key);
    return 0;
}

int pthread_setspecific(pthread_key_t key, const void* value) noexcept {
    if (in_program && value != nullptr) {
        entered here;
        the_engine().keys().has_set(the_engine().me().id);
    }
    return real().pthread_setspecific(key, value);
}

}  // extern "C"
