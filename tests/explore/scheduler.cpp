// Who runs next, what it waits for, and how time passes.
#include <algorithm>
#include <cstdio>

#include "tests/explore/engine.hpp"

namespace explore {

namespace {
constexpr std::int64_t tick = 1'000'000;  // time that passes for those who watch the clock
constexpr int most_passed_over = 300;     // times that a thread could run, and another one did
constexpr std::size_t threads_with_steps = 100;  // of their own, before it is a livelock
}  // namespace

bool engine::ready(const thread& t) {
    const bool late = t.deadline <= now_;
    switch (t.why) {
        case wait::nothing:
            return true;
        case wait::mutex:
        case wait::write: {
            const lock_state& l = lock_at(t.what);
            return (!l.owned && l.readers == 0) || late;
        }
        case wait::read:
            return !lock_at(t.what).owned || late;
        case wait::semaphore:
            return *static_cast<const volatile unsigned*>(t.what) != 0 || late;
        case wait::condition:
            return (t.woken || late) && !lock_at(t.with).owned;
        case wait::futex:
            return t.woken || late;
        case wait::end:
            return thread_at(t.number).finished;
        case wait::once:
            return *static_cast<const volatile int*>(t.what) != 1;
        case wait::guard:
            return static_cast<const volatile char*>(t.what)[1] == 0;
        case wait::time:
            return late;
        case wait::change:
            return changes_ != t.changes_seen ||
                   (t.failed_try != nullptr && !lock_at(t.failed_try).owned &&
                    lock_at(t.failed_try).readers == 0);
        case wait::others:
            return live_.size() == 1;
    }
    return true;
}

bool engine::pause(wait why, const void* what, std::int64_t deadline, const void* with,
                   int number) {
    thread& t = *running_;
    t.why = why;
    t.what = what;
    t.with = with;
    t.number = number;
    t.deadline = deadline;
    t.woken = false;
    if (why != wait::nothing) note_wait();
    reschedule();
    t.yields = false;
    bool in_time = true;
    switch (why) {
        case wait::condition:
        case wait::futex:
            in_time = t.woken;
            break;
        case wait::mutex:
        case wait::write: {
            const lock_state& l = lock_at(what);
            in_time = !l.owned && l.readers == 0;
            break;
        }
        case wait::read:
            in_time = !lock_at(what).owned;
            break;
        case wait::change:
            if (t.changes_seen != changes_) t.persists = false;
            t.changes_seen = changes_;
            if (t.burst == 0) t.observations = 0;
            t.failed_try = nullptr;
            t.read_clock = false;
            break;
        default:
            break;
    }
    t.why = wait::nothing;
    t.deadline = no_deadline;
    return in_time;
}

int engine::choose_one_of(int count, bool costs) {
    if (count <= 1) return 0;
    const int answer = decides_->choose({count, costs, nullptr, points_.data(), running_->id});
    result_.answers.push_back(static_cast<std::uint8_t>(answer));
    if (answer != 0)
        result_.deviations.push_back({static_cast<std::uint8_t>(running_->id), running_->points,
                                      static_cast<std::uint8_t>(answer)});
    return answer;
}

// Those that can run: the one that runs, then the others in turn. Fair in the end: of who has been
// passed over for long there is no choice. Else a loop that goes on until it is told to stop would
// be a livelock, if who tells it is never chosen.
int engine::find_able(ids& able) {
    const thread& from = *running_;
    int count = 0;
    thread* starving = nullptr;
    const auto add = [&](thread* t) {
        if (!ready(*t)) return;
        able[static_cast<std::size_t>(count++)] = static_cast<std::uint8_t>(t->id);
        if (++t->passed_over > most_passed_over && starving == nullptr) starving = t;
    };
    const auto next = place_of(from.id + 1);
    if (!from.finished) add(running_);
    std::for_each(next, live_.end(), add);
    std::for_each(live_.begin(), next - (from.finished ? 0 : 1), add);
    if (starving == nullptr) return count;
    able[0] = static_cast<std::uint8_t>(starving->id);
    return 1;
}

void engine::reschedule() {
    thread& from = *running_;
    const bool left = thread_at(0).why == wait::others;
    const std::uint64_t most =
        how_->steps * (left ? 1 : std::min(births_.size(), threads_with_steps));
    if (++steps_ > most) {
        stop(left ? "leaked-thread" : "livelock",
             (left ? "the body has returned; " : "") +
                 ("no end after " + std::to_string(most) + " steps"));
    }
    points_[static_cast<std::size_t>(from.id)] = ++from.points;

    ids able;
    int count = find_able(able);
    while (count == 0) {
        if (!release_a_spinner(early_releases) && !let_time_pass() &&
            !release_a_spinner(all_releases))
            nobody_can_run();
        count = find_able(able);
    }
    // A loop need not go on for ever: it may also end, and be asleep when the change comes.
    if (from.why == wait::change && !from.persists && !ready(from))
        able[static_cast<std::size_t>(count++)] = static_cast<std::uint8_t>(from.id);

    int answer = 0;
    if (count > 1) {
        const bool preempts = able[0] == from.id && !from.finished && !from.yields;
        answer = decides_->choose({count, preempts, able.data(), points_.data(), from.id});
        result_.answers.push_back(static_cast<std::uint8_t>(answer));
    }
    thread& to = thread_at(able[static_cast<std::size_t>(answer)]);
    to.passed_over = 0;
    if (&to == &from) {
        if (from.why == wait::change && !ready(from)) persist(from);
        return;
    }
    result_.stretches.push_back({static_cast<std::uint8_t>(from.id), from.points});
    running_ = &to;
    switch_context(from.where, to.where);
}

// Up to the earliest deadline that somebody waits for.
bool engine::let_time_pass() {
    std::int64_t next = no_deadline;
    bool watched = false;
    for (const thread* t : live_) {
        if (t->deadline > now_) next = std::min(next, t->deadline);
        watched = watched || (t->why == wait::change && t->read_clock);
    }
    if (watched && (next == no_deadline || next > now_ + tick)) next = now_ + tick;
    if (next == no_deadline) return false;
    now_ = next;
    if (watched) {
        for (thread* t : live_)
            if (t->why == wait::change && t->read_clock) t->why = wait::nothing;
    }
    return true;
}

void engine::nobody_can_run() {
    std::string text;
    bool spinning = false;
    bool leaked = false;
    for (thread* waiting : live_) {
        thread& t = *waiting;
        leaked = leaked || t.why == wait::others;
        spinning = spinning || t.why == wait::change;
        if (t.why == wait::others) continue;
        running_ = &t;
        ++events_;
        if (traced_) result_.trace.push_back({action::blocked, t.id, t.serial, 0, 0, t.waits_at});
        text += (text.empty() ? "" : "; ") + name(t.serial) + " waits for " + what_it_waits_for(t);
    }
    if (leaked)
        end_with("leaked-thread", "the body has returned; " + text, 0);
    else
        end_with(spinning ? "livelock" : "deadlock", text, 0);
}

std::string engine::what_it_waits_for(thread& t) {
    const auto held = [&](const void* lock, const char* kind) {
        const lock_state& l = lock_at(lock);
        std::string text = kind + describe(lock, 'm');
        if (l.owned) text += ", which " + (l.owner == t.serial ? "it" : name(l.owner)) + " holds";
        if (l.readers != 0) text += ", which has " + std::to_string(l.readers) + " readers";
        return text;
    };
    switch (t.why) {
        case wait::mutex:
            return held(t.what, "mutex ");
        case wait::write:
        case wait::read:
            return held(t.what, "read-write lock ");
        case wait::condition: {
            if (t.woken) return held(t.with, "mutex ");
            const int lost = lost_signals(t.what);
            std::string text = "condition " + describe(t.what, 'c');
            if (lost != 0)
                text += ", which was notified " + std::to_string(lost) +
                        (lost == 1 ? " time" : " times") + " while nobody waited (lost wake-up)";
            return text;
        }
        case wait::semaphore:
            return "semaphore " + describe(t.what, 'a');
        case wait::futex:
            return "futex " + describe(t.what, 'a');
        case wait::end:
            return "the end of " + name(thread_at(t.number).serial);
        case wait::once:
            return "a call_once of another thread";
        case wait::guard:
            return "a static that another thread initialises";
        case wait::change:
            return "a change: it spins";
        default:
            return "nothing";
    }
}

std::string engine::describe(const void* address, char letter) {
    int alike = 0;
    for (const auto& [known, text] : names_) {
        if (known == address) return text;
        if (text[0] == letter) ++alike;
    }
    names_.emplace_back(address, letter + std::to_string(alike + 1));
    return names_.back().second;
}

}  // namespace explore
