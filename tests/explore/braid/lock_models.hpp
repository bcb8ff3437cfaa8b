#pragma once

#include <algorithm>
#include <array>

#include "tests/explore/braid/linearizability.hpp"

// What tasks hold for a while, and once, as sequential objects.
namespace explore {

class mutex_model {
public:
    enum what { lock, try_lock, unlock };
    static constexpr std::array<std::string_view, 3> names{"lock", "try_lock", "unlock"};

    bool apply(const operation& op, const under_way&) {
        switch (op.what) {
            case lock:
                return !std::exchange(locked_, true);
            case try_lock:
                return std::exchange(locked_, true) != (op.result != 0);
            default:
                return std::exchange(locked_, false);
        }
    }
    bool can_proceed(const operation&, const under_way&) const { return !locked_; }
    bool operator==(const mutex_model&) const = default;

private:
    bool locked_ = false;
};

class rw_mutex_model {
public:
    enum what { lock, try_lock, unlock, lock_shared, try_lock_shared, unlock_shared };
    static constexpr std::array<std::string_view, 6> names{
        "lock", "try_lock", "unlock", "lock_shared", "try_lock_shared", "unlock_shared"};

    bool apply(const operation& op, const under_way& others) {
        const bool free = !writer_ && readers_ == 0;
        switch (op.what) {
            case lock:
                writer_ = true;
                return free;
            case try_lock:
                if (op.result == 0) return fail_to_lock(op, !free || others.any(is_writer));
                writer_ = true;
                return free;
            case unlock:
                unlocked_by_ = op.returned;
                busy_by_ = std::max(busy_by_, op.returned);
                return std::exchange(writer_, false);
            case lock_shared:
                ++readers_;
                return !writer_ && !held_off(op, others);
            case try_lock_shared:
                if (op.result == 0) return writer_ || others.any(is_writer);
                ++readers_;
                return !writer_ && !held_off(op, others);
            default:
                return readers_-- > 0;
        }
    }
    bool can_proceed(const operation& op, const under_way& others) const {
        if (op.what == lock) return !writer_ && readers_ == 0;
        return !writer_ && !others.any(is_writer);
    }
    bool operator==(const rw_mutex_model&) const = default;

private:
    static bool is_writer(const operation& op) { return op.what == lock || op.what == try_lock; }

    // A writer on its way out is in the way of a try_lock, and so is another try_lock, though it
    // fails: as in Go.
    bool fail_to_lock(const operation& op, bool occupied) {
        const bool busy = busy_by_ > op.invoked;
        busy_by_ = std::max(busy_by_, op.returned);
        return occupied || busy;
    }

    // By a writer that waits, unless the reader waited, too, when a writer left.
    bool held_off(const operation& op, const under_way& others) const {
        return unlocked_by_ < op.invoked && others.any_waits(op, is_writer);
    }

    int readers_ = 0;
    bool writer_ = false;
    int unlocked_by_ = 0;  // when the last writer had returned from unlock
    int busy_by_ = 0;      // the same, or from a try_lock that failed
};

class semaphore_model {
public:
    enum what { acquire, try_acquire, release, acquire_under, cancel };
    static constexpr std::array<std::string_view, 5> names{"acquire", "try_acquire", "release",
                                                           "acquire_under", "cancel"};

    explicit semaphore_model(int capacity) : capacity_(capacity), free_(capacity) {}

    // Results, but of release and cancel: 1, or 0 for no.
    bool apply(const operation& op, const under_way& others) {
        switch (op.what) {
            case release:
                free_ += op.argument;
                return free_ <= capacity_;
            case cancel:
                canceled_by_ = std::min(canceled_by_, op.returned);
                return true;
            case acquire_under:
                if (op.result == 0) return canceled_by_ != never;
                return canceled_by_ > op.invoked && take(op);
            case try_acquire:  // it does not overtake
                if (op.result == 0) return op.argument > free_ || others.any(acquires);
                return !others.any_waits(op, acquires) && take(op);
            default:
                return take(op);
        }
    }
    // Not behind one that wants more than there is.
    bool can_proceed(const operation& op, const under_way& others) const {
        if (op.what == acquire_under && canceled_by_ != never) return true;
        return op.argument <= free_ &&
               !others.any([&](const operation& o) { return acquires(o) && o.argument > free_; });
    }
    bool operator==(const semaphore_model&) const = default;

private:
    static bool acquires(const operation& op) {
        return op.what == acquire || op.what == acquire_under;
    }
    bool take(const operation& op) {
        free_ -= op.argument;
        return free_ >= 0;
    }

    int capacity_;
    int free_;
    int canceled_by_ = never;
};

// Of one function, which throws if the first call is a `call_throwing`.
class once_model {
public:
    enum what { call, call_throwing };
    static constexpr std::array<std::string_view, 2> names{"call", "call_throwing"};
    // Results: who has run the function, and who not.
    static constexpr int ran = 1, threw = -1, others_did = 0;

    bool apply(const operation& op, const under_way&) {
        if (std::exchange(done_, true)) return op.result == others_did;
        return op.result == (op.what == call ? ran : threw);
    }
    bool can_proceed(const operation&, const under_way&) const { return true; }
    bool operator==(const once_model&) const = default;

private:
    bool done_ = false;
};

}  // namespace explore
