#pragma once

#include <array>
#include <bitset>

#include "tests/explore/braid/linearizability.hpp"

// pool and worker_pool as sequential objects. Objects and jobs have numbers from 1 on.
namespace explore {

using numbers = std::bitset<16>;

class pool_model {
public:
    enum what { get, try_get, put, trim };
    static constexpr std::array<std::string_view, 4> names{"get", "try_get", "put", "trim"};

    // Results: the number of the object; 0 for none.
    bool apply(const operation& op, const under_way& others) {
        const auto object = static_cast<std::size_t>(op.result);
        switch (op.what) {
            case put:
                stored_.set(object);
                return true;
            case trim:
                old_ = std::exchange(stored_, {});
                return true;
            case try_get:
                return object == 0 ? empty(others) : take(object);
            default:
                return made_[object] ? take(object) : empty(others) && make(object);
        }
    }
    bool can_proceed(const operation&, const under_way&) const { return true; }
    bool operator==(const pool_model&) const = default;

private:
    bool make(std::size_t object) {
        made_.set(object);
        return true;
    }
    bool take(std::size_t object) {
        const bool is_there = stored_[object] || old_[object];
        stored_.reset(object);
        old_.reset(object);
        return is_there;
    }
    // To trim is not one step: what it looks at is nowhere meanwhile.
    bool empty(const under_way& others) const {
        return (stored_ | old_).none() ||
               others.any([](const operation& op) { return op.what == trim; });
    }

    numbers made_, stored_, old_;
};

// Jobs from `failing` on throw.
class worker_pool_model {
public:
    enum what { submit, try_submit, enters, leaves, close, drain, stop };
    static constexpr std::array<std::string_view, 7> names{
        "submit", "try_submit", "enters", "leaves", "close", "drain", "stop"};
    static constexpr int failing = 8;

    worker_pool_model(std::size_t workers, std::size_t queue) : workers_(workers), queue_(queue) {}

    // Results: of a submit 1 or 0; of drain and stop, how many jobs were dropped, or less than 0:
    // the job that failed.
    bool apply(const operation& op, const under_way& others) {
        const auto job = static_cast<std::size_t>(op.argument);
        switch (op.what) {
            case submit:
            case try_submit:
                return op.result != 0 ? accept(job) : refuse(op, others);
            case enters:
                entered_.set(job);
                return accepted_[job] && !ended_ && (entered_ & ~left_).count() <= workers_;
            case leaves:
                left_.set(job);
                return entered_[job];
            case close:
                return closed_ = true;
            default:
                stopped_ = stopped_ || op.what == stop || others.any(stops);
                closed_ = ended_ = true;
                return entered_ == left_ && op.result == outcome(op.result);
        }
    }
    bool can_proceed(const operation& op, const under_way&) const {
        if (op.what == submit || op.what == try_submit) return closed_ || has_room();
        return entered_ == left_ && (stopped_ || op.what == stop || accepted_ == left_);
    }
    bool operator==(const worker_pool_model&) const = default;

private:
    static bool stops(const operation& op) { return op.what == stop; }
    static bool closes(const operation& op) { return op.what >= close; }

    bool has_room() const { return (accepted_ & ~left_).count() < workers_ + queue_; }
    bool failed() const { return (left_ >> failing).any(); }

    bool accept(std::size_t job) {
        if (closed_ || !has_room()) return false;
        accepted_.set(job);
        return true;
    }
    // Once it was closed or has failed, or by a try that would wait.
    bool refuse(const operation& op, const under_way& others) {
        const bool full = (accepted_ & ~entered_).count() >= queue_;
        if (op.what == try_submit && full) return true;
        closed_ = closed_ || failed() || others.any(closes);
        return closed_;
    }
    // What drain may say, and whether it is `said`.
    int outcome(int said) const {
        if (failed()) return said < 0 && left_[static_cast<std::size_t>(-said)] ? said : said + 1;
        const auto dropped = static_cast<int>((accepted_ & ~left_).count());
        return stopped_ || dropped == 0 ? dropped : -1;
    }

    std::size_t workers_;
    std::size_t queue_;
    numbers accepted_, entered_, left_;
    bool closed_ = false;
    bool stopped_ = false;
    bool ended_ = false;
};

}  // namespace explore
