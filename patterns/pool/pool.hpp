#pragma once

#include <concepts>
#include <functional>

#include "patterns/pool/pool_item.hpp"
#include "patterns/pool/pool_store.hpp"

namespace braid {

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
// been handed out again in between, or two put it at the same instant. AddressSanitizer sees I2
// broken, in one thread too: an object is poisoned while it is in the pool.
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
        : make_(std::move(make)), reset_(std::move(reset)) {}

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
        item* const i = store_.take();
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
    void trim() noexcept { store_.trim(); }

private:
    using item = detail::pool_item<T>;
    friend detail::returns_object<T>;

    void take_back(T* object) noexcept {
        item* const i = item::of(object);
        if (i->home != this) runtime::fatal("pool: put of an object that it did not make");
        if (i->stored.load(std::memory_order_relaxed))
            runtime::fatal("pool: put of an object that is in the pool");
        i->stored.store(true, std::memory_order_relaxed);
        if (reset_) reset_(*object);
        i->poison();
        store_.put(i);
    }

    const std::function<T()> make_;
    const std::function<void(T&)> reset_;
    detail::pool_store<T> store_;
};
// snippet end

}  // namespace braid
