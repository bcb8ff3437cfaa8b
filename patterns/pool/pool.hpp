#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <vector>

#include "common/runtime/fatal.hpp"
#include "common/runtime/lock.hpp"
#include "common/runtime/runtime.hpp"
#include "patterns/pool/pool_item.hpp"

namespace braid {

namespace detail {

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

// Keeps objects that are costly to make, to use them again.
//
//     pool<std::string> texts([] { return std::string(); }, [](std::string& s) { s.clear(); });
//     {
//         auto text = texts.loan();
//         *text += ...
//     }  // put back
//
// Invariants:
//   I1  An object is in the pool, or it has one owner, who puts it back at most once.
//   I2  Who has put an object back does not touch it again: it may be somebody else's by now.
//   I3  Nothing of the last user is left in an object that is handed out: `reset` sees to it.
//
// It is a cache, not a store: get promises no order, and an object that was put back may be gone
// (PO-1, PO-2). It is no limit either: get never waits. To keep few of something, take a semaphore.
//
// Breaking I1 by pooled<T>(raw), with an object that is in the pool or of another pool, ends the
// process: two would own it, and neither could go on safely. That is seen unless the object has
// been handed out again in between. AddressSanitizer sees I2 broken, in one thread too: an object
// is poisoned while it is in the pool.
//
// Memory ordering: put happens before the get that returns the object (MM-10), and so does its
// making.
// snippet: pool
template <class T>
class pool {
public:
    pool() requires std::default_initializable<T> : pool([] { return T(); }) {}

    // get calls `make` when there is nothing to reuse, put calls `reset`. Both are called by
    // several tasks at once, with no lock held (PO-6). reset must not throw.
    explicit pool(std::function<T()> make, std::function<void(T&)> reset = nullptr)
        : make_(std::move(make)), reset_(std::move(reset)), caches_(runtime::worker_count()) {}

    // Destroys what is in it. What is lent by loan() must be back.
    ~pool() = default;
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    // An object that goes back at the end of the handle's scope.
    [[nodiscard]] loaned<T> loan() { return loaned<T>(get().release()); }

    // An object, made if there is none to reuse. Throws what `make` throws.
    [[nodiscard]] pooled<T> get() {
        if (pooled<T> reused = try_get()) return reused;
        return pooled<T>((new item(this, make_))->object());
    }

    // An object to reuse; null if there is none.
    [[nodiscard]] pooled<T> try_get() noexcept {
        item* const i = find();
        if (i == nullptr) return nullptr;
        i->unpoison();
        i->stored.store(false, std::memory_order_relaxed);
        return pooled<T>(i->object());
    }

    // Puts an object back; ignores null (PO-2). One that is not worth keeping, such as a buffer
    // that has grown too large, is destroyed instead: do not put it.
    void put(pooled<T> object) noexcept {
        if (object != nullptr) take_back(object.release());
    }

    // Call it now and then, to give memory back: destroys what was in the pool at the last trim,
    // and was not used since (PO-4, PO-10). Go's garbage collector does that.
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
    }  // what was old is destroyed here, with no lock held

private:
    using item = detail::pool_item<T>;
    using chain = detail::pool_chain<T>;
    friend detail::returns_object<T>;

    static constexpr std::size_t batch = 16;  // half of what a worker keeps for itself

    struct alignas(64) cache {
        runtime::lock mutex;
        chain items;
    };

    cache& own() noexcept { return caches_[runtime::worker()]; }

    void take_back(T* object) noexcept {
        item* const i = item::of(object);
        if (i->home != this) runtime::fatal("pool: put of an object that it did not make");
        if (i->stored.exchange(true, std::memory_order_relaxed))
            runtime::fatal("pool: put of an object that is in the pool");
        if (reset_) reset_(*object);
        i->poison();

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

    // Here, then in the overflow, then with the other workers, and last among what is old (PO-3).
    item* find() noexcept {
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

    static item* pop(cache& c) noexcept {
        runtime::locked hold(c.mutex);
        return c.items.pop();
    }

    const std::function<T()> make_;
    const std::function<void(T&)> reset_;
    std::vector<cache> caches_;  // one for each worker
    runtime::lock mutex_;        // over what follows
    chain overflow_;             // what was too much for the caches
    chain old_;                  // what was here at the last trim
};
// snippet end

}  // namespace braid
