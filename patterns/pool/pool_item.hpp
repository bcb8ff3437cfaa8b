#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>

#include "common/runtime/fatal.hpp"
#include "common/runtime/sanitizers.hpp"

#if BRAID_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace braid {

template <class T>
class pool;

namespace detail {

// An object of a pool, and in front of it what the pool must know. Standard layout, so that the
// item can be found from its object.
template <class T>
struct pool_item {
    pool<T>* home;                    // the pool that made it
    pool_item* next = nullptr;        // in the chain where it is stored
    std::atomic<bool> stored{false};  // whether it is in the pool
    // Whole units of 8 bytes, so that AddressSanitizer can tell that they are poisoned.
    alignas(T) alignas(8) std::byte bytes[sizeof(T)];

    // Makes the object in place, so T need not be movable.
    template <class Make>
    pool_item(pool<T>* p, const Make& make) : home(p) {
        ::new (static_cast<void*>(bytes)) T(make());
    }
    pool_item(const pool_item&) = delete;
    pool_item& operator=(const pool_item&) = delete;
    ~pool_item() {
        unpoison();
        std::destroy_at(object());
    }

    T* object() noexcept { return std::launder(reinterpret_cast<T*>(bytes)); }

    // The item of an object. If no pool made that, `home` is no pool either.
    static pool_item* of(T* object) noexcept {
        return reinterpret_cast<pool_item*>(reinterpret_cast<std::byte*>(object) -
                                            offsetof(pool_item, bytes));
    }

    // While it is stored, AddressSanitizer reports whoever touches the object: its own bytes, not
    // what it owns, such as the text of a string.
    void poison() noexcept {
#if BRAID_ASAN
        ASAN_POISON_MEMORY_REGION(bytes, sizeof(pool_item) - offsetof(pool_item, bytes));
#endif
    }
    void unpoison() noexcept {
#if BRAID_ASAN
        ASAN_UNPOISON_MEMORY_REGION(bytes, sizeof(pool_item) - offsetof(pool_item, bytes));
#endif
    }
};

template <class T>
struct destroys_object {
    void operator()(T* object) const noexcept {
        pool_item<T>* const i = pool_item<T>::of(object);
        if (i->stored.load(std::memory_order_relaxed))
            runtime::fatal("pool: end of a handle whose object is in the pool");
        delete i;
    }
};
template <class T>
struct returns_object {
    void operator()(T* object) const noexcept { pool_item<T>::of(object)->home->take_back(object); }
};

}  // namespace detail

// An object that is out of its pool, and its owner: std::unique_ptr. At its end it destroys the
// object, if that was not put back before. release() gives a raw pointer, for what can carry
// nothing else; pooled<T>(raw) makes an owner of it again, and of nothing that is not from a pool.
template <class T>
using pooled = std::unique_ptr<T, detail::destroys_object<T>>;

// The same, but at its end it puts the object back. It must not outlive the pool.
template <class T>
using loaned = std::unique_ptr<T, detail::returns_object<T>>;

}  // namespace braid
