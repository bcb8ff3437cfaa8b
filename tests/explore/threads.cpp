// The threads of the program: how they begin and end, and what they are called.
#include <algorithm>

#include "tests/explore/engine.hpp"

namespace explore {

// Of a thread that has ended and that the running one comes after, or else a new one. When there
// are no more: that of the thread which has ended first, though what it did last and what the new
// one does are then taken to be in order. A race of the two may be missed, none is made up.
//
// Who is still to be joined keeps its id: its handle goes with it.
int engine::free_id() const {
    int first = -1;
    for (int id = 1; id < count_; ++id) {
        const thread& t = thread_at(id);
        if (!t.finished || !(t.joined || t.detached)) continue;
        if (t.epoch() <= running_->clock[id]) return id;
        if (first == -1 || t.serial < thread_at(first).serial) first = id;
    }
    return count_ < max_threads ? count_ : first;
}

// Who had the id in that epoch.
int engine::serial_of(int id, std::uint32_t epoch) const {
    auto serial = births_.size() - 1;
    while (births_[serial].id != id || births_[serial].epoch > epoch) --serial;
    return static_cast<int>(serial);
}

std::vector<thread*>::iterator engine::place_of(int id) {
    return std::lower_bound(live_.begin(), live_.end(), id,
                            [](const thread* t, int other) { return t->id < other; });
}

thread& engine::create(void* (*start)(void*), void* argument, bool detached) {
    const int id = free_id();
    if (id == -1)
        stop("unsupported", "more than " + std::to_string(max_threads) +
                                " threads that have not ended, or are still to be joined");
    const std::uint32_t last_epoch = id < count_ ? thread_at(id).epoch() : 0;
    if (id == count_) ++count_;
    donor& lender = donors_.at(id, home_);
    thread& t = threads_[static_cast<std::size_t>(id)].emplace();
    t.id = id;
    t.serial = static_cast<int>(births_.size());
    t.where = donors_.make_context(lender, fiber_main);
    t.stack_top = reinterpret_cast<std::uintptr_t>(lender.stack_top);
    t.stack_bottom = reinterpret_cast<std::uintptr_t>(lender.stack_bottom);
    t.start = start;
    t.argument = argument;
    t.detached = detached;
    t.points = points_[static_cast<std::size_t>(id)];
    if (running_ != nullptr) release(t.clock);
    t.clock.raise(id, last_epoch + 1);
    births_.push_back({id, t.epoch()});
    live_.insert(place_of(id), &t);
    return t;
}

void engine::end_thread(void* result) {
    thread& t = *running_;
    while (!t.at_exit.empty()) {
        const thread_exit last = t.at_exit.back();
        t.at_exit.pop_back();
        in_program = true;
        last.function(last.argument);
        in_program = false;
    }
    if (t.id != 0) keys_.end_thread(t.id);  // the end of main is another one
    note(action::end);
    t.result = result;
    t.finished = true;
    t.leave_stack();
    live_.erase(place_of(t.id));
    changed();
    if (t.id == 0) leave();
    reschedule();
    __builtin_unreachable();
}

}  // namespace explore
