#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "common/runtime/lock.hpp"
#include "common/runtime/runtime.hpp"
#include "patterns/pool/pool_item.hpp"

// Where a pool keeps what nobody uses.
namespace braid::detail {

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

// Each worker has a cache with a lock of its own, which nobody else wants most of the time. No user
// code runs here but destructors, and these with no lock held.
template <class T>
class pool_store {
public:
    using item = pool_item<T>;
    using chain = pool_chain<T>;

    pool_store() : caches_(runtime::worker_count()) {}

    void put(item* i) noexcept {
        chain surplus;
        cache& mine = own();
        runtime::locked hold(mine.mutex);
        mine.items.push(i);
        if (mine.items.size() <= 2 * batch) return;
        surplus.take(mine.items, batch);
        hold.release();
        runtime::locked hold_overflow(mutex_);
        overflow_.take(surplus, batch);
    }

    // From here, then the overflow, then the other workers, and last from what is old (PO-3). Null
    // if there is none.
    item* take() noexcept {
        cache& mine = own();
        if (item* const i = pop(mine)) return i;
        chain some;
        {
            runtime::locked hold(mutex_);
            some.take(overflow_, batch);
        }
        if (item* const i = some.pop()) {
            runtime::locked hold(mine.mutex);
            mine.items.take(some, batch);
            return i;
        }
        for (cache& other : caches_)
            if (item* const i = pop(other)) return i;
        runtime::locked hold(mutex_);
        return old_.pop();
    }

    // What is here becomes old, and what was old is destroyed.
    void trim() noexcept {
        chain unused;
        for (cache& c : caches_) {
            runtime::locked hold(c.mutex);
            unused.take(c.items, c.items.size());
        }
        runtime::locked hold(mutex_);
        unused.take(overflow_, overflow_.size());
        std::swap(old_, unused);
        hold.release();
    }  // here, with no lock held

private:
    static constexpr std::size_t batch = 16;  // half of what a worker keeps for itself

    struct alignas(64) cache {
        runtime::lock mutex;
        chain items;
    };

    cache& own() noexcept { return caches_[runtime::worker_index()]; }

    static item* pop(cache& c) noexcept {
        runtime::locked hold(c.mutex);
        return c.items.pop();
    }

    std::vector<cache> caches_;  // one for each worker
    runtime::lock mutex_;        // over what follows
    chain overflow_;             // what was too much for the caches
    chain old_;                  // what was here at the last trim
};

}  // namespace braid::detail
