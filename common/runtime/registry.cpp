#include "common/runtime/registry.hpp"

#if BRAID_LIFECYCLE

#include "common/runtime/clock.hpp"
#include "common/runtime/parker.hpp"
#include "common/runtime/records.hpp"
#include "common/runtime/reports.hpp"

namespace braid::registry {

constinit book the_book;

void subject::seen(role r) const noexcept { seen(r, runtime::parker::current().id()); }

void subject::seen(role r, std::uint64_t task) const noexcept {
    const std::uint64_t mark = task << 3 | static_cast<std::uint64_t>(r);
    for (auto& slot : seen_)
        if (slot.load(std::memory_order_relaxed) == mark) return;
    for (auto& slot : seen_) {
        std::uint64_t unused = 0;
        if (slot.compare_exchange_strong(unused, mark, std::memory_order_relaxed)) return;
    }
    seen_[task % seen_.size()].store(mark, std::memory_order_relaxed);
}

void subject::forget(role r) const noexcept {
    const std::uint64_t task = runtime::parker::current().id();
    for (auto& slot : seen_) {
        std::uint64_t mark = task << 3 | static_cast<std::uint64_t>(r);
        slot.compare_exchange_strong(mark, 0, std::memory_order_relaxed);
    }
}

bool subject::was_seen(role r, std::uint64_t task) const noexcept {
    for (auto& slot : seen_)
        if (slot.load(std::memory_order_relaxed) == (task << 3 | static_cast<std::uint64_t>(r)))
            return true;
    return false;
}

record* begin(const birth& b) {
    reports::arm();
    open_book book;
    auto* r = new record;
    r->id = b.id;
    r->parent = b.parent;
    r->is_task = b.parent != 0;
    r->is_fiber = b.is_fiber;
    r->name = b.name;
    r->started = b.started;
    r->born = std::chrono::steady_clock::now();
    r->service = b.id == clock_id;
    if (r->service) return r;
    r->next = the_book.records;
    if (r->next != nullptr) r->next->previous = r;
    the_book.records = r;
    ++the_book.running;
    if (r->is_task) reports::note_start(*r);
    return r;
}

void end(record* r) noexcept {
    open_book book;
    if (r->is_task) reports::note_end(*r);
    (r->previous != nullptr ? r->previous->next : the_book.records) = r->next;
    if (r->next != nullptr) r->next->previous = r->previous;
    delete r;
}

void ended() noexcept {
    bool asleep = false;
    {
        open_book book;
        --the_book.running;
        asleep = the_book.all_asleep();
    }
    if (asleep) clock::look();
}

void suspend(record* r, const wait& what, bool timed) noexcept {
    bool asleep = false;
    {
        open_book book;
        if (r->service) return;
        if (r->resumed_early) {  // the waker was faster than we are
            r->resumed_early = false;
            return;
        }
        r->suspended = true;
        r->what = what;
        r->since = std::chrono::steady_clock::now();
        r->timed = timed;
        --the_book.running;
        the_book.timed += timed ? 1 : 0;
        asleep = the_book.all_asleep();
    }
    if (asleep) clock::look();
}

void resume(record* r) noexcept {
    open_book book;
    if (r->service) return;
    if (!r->suspended) {
        r->resumed_early = true;
        return;
    }
    reports::note_wait(*r);
    r->suspended = false;
    ++the_book.running;
    the_book.timed -= r->timed ? 1 : 0;
}

void detached(std::uint64_t task, place where) noexcept {
    open_book book;
    for (record* r = the_book.records; r != nullptr; r = r->next)
        if (r->id == task) r->detached = where;
}

void timers(int change) noexcept {
    bool asleep = false;
    {
        open_book book;
        the_book.timers += change;
        asleep = the_book.all_asleep();
    }
    if (asleep) clock::look();
}

resource::resource(std::string_view kind_, place made_) noexcept : kind(kind_), made(made_) {
    open_book book;
    the_book.list(*this);
}

void resource::release() noexcept {
    open_book book;
    the_book.unlist(*this);
}

void book::list(resource& r) noexcept {
    r.next_ = resources;
    if (r.next_ != nullptr) r.next_->previous_ = &r;
    resources = &r;
    r.listed_ = true;
}

void book::unlist(resource& r) noexcept {
    if (!r.listed_) return;
    (r.previous_ != nullptr ? r.previous_->next_ : resources) = r.next_;
    if (r.next_ != nullptr) r.next_->previous_ = r.previous_;
    r.listed_ = false;
}

}  // namespace braid::registry

#endif
