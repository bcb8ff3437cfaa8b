#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

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

// Stored items: a stack, so that the one that was used last, which is still in the processor's
// cache, goes out first. Owns them.
template <class T>
class pool_chain {
public:
    using item = pool_item<T>;

    pool_chain() noexcept = default;
    pool_chain(pool_chain&& other) noexcept
        : first_(std::exchange(other.first_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    pool_chain& operator=(pool_chain other) noexcept {
        std::swap(first_, other.first_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~pool_chain() {
        while (item* const i = pop()) delete i;
    }

    std::size_t size() const noexcept { return size_; }

    void push(item* i) noexcept {
        i->next = std::exchange(first_, i);
        ++size_;
    }

    // Null if there is none.
    item* pop() noexcept {
        if (first_ == nullptr) return nullptr;
        --size_;
        return std::exchange(first_, first_->next);
    }

    // Moves up to `n` items of `from` here.
    void take(pool_chain& from, std::size_t n) noexcept {
        for (; n > 0 && from.first_ != nullptr; --n) push(from.pop());
    }

private:
    item* first_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace detail

}  // namespace braid
