// Loops that wait for a change: how they are recognised, and how they go on.
#include "tests/explore/engine.hpp"

namespace explore {

namespace {
constexpr int equal_reads = 3;  // are a spin loop
constexpr int burst = 40;       // more than what loops read that then go to sleep
}  // namespace

bool engine::spins(const void* address, std::uint64_t value) {
    thread& t = *running_;
    std::uintptr_t path = t.pc;
    const call_stack& s = t.stack;
    for (int i = s.depth; i > 0 && i > s.depth - 4; --i)
        path = path * 31 + s.calls[static_cast<std::size_t>(i - 1) % s.calls.size()];
    for (int i = 0; i != t.observations; ++i) {
        observation& o = t.observed[static_cast<std::size_t>(i)];
        if (o.path != path || o.address != address) continue;
        if (o.value == value && ++o.times >= equal_reads) {
            if (changes_ == t.changes_seen) return true;
            look_again(t);
        }
        o.value = value;
        return false;
    }
    if (static_cast<std::size_t>(t.observations) < t.observed.size())
        t.observed[static_cast<std::size_t>(t.observations++)] = {path, address, value, 1};
    return false;
}

// Something has changed since the thread looked: its loop begins anew.
void engine::look_again(thread& t) {
    t.changes_seen = changes_;
    t.observations = 0;
    t.burst = 0;
    t.persists = false;
}

void engine::wait_for_change() {
    thread& t = *running_;
    if (t.burst > 0)
        --t.burst;
    else
        pause(wait::change, nullptr);
}

void engine::point_before_read(const void* address, std::uint64_t value) {
    if (spins(address, value))
        wait_for_change();
    else
        point();
}

void engine::yield() {
    thread& t = *running_;
    if (changes_ == t.changes_seen) {
        wait_for_change();
    } else {
        look_again(t);
        t.yields = true;
        point();
    }
}

void engine::changed(bool own_progress) {
    thread& t = *running_;
    if (t.changes_seen == changes_) ++t.changes_seen;
    ++changes_;
    if (own_progress) {
        t.observations = 0;
        t.released = 0;
        t.burst = 0;
        t.persists = false;
    }
}

// A loop that reads the same a few times need not be one that waits.
bool engine::release_a_spinner(int most) {
    thread* chosen = nullptr;
    for (thread* t : live_) {
        if (t->why != wait::change || t->released >= most) continue;
        if (chosen == nullptr || t->released < chosen->released) chosen = t;
    }
    if (chosen == nullptr) return false;
    ++chosen->released;
    persist(*chosen);
    return true;
}

// It goes on with its loop for a while though nothing has changed, and is not interrupted.
void engine::persist(thread& t) {
    t.why = wait::nothing;
    t.burst = burst;
    t.persists = true;
}

}  // namespace explore
