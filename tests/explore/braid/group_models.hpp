#pragma once

#include <algorithm>
#include <array>
#include <bitset>

#include "tests/explore/braid/linearizability.hpp"

// Contexts and groups of tasks as sequential objects.
namespace explore {

// A context and a child of it.
class context_model {
public:
    enum what { cancel, err, cause, wait, cancel_child, err_child, poll_child, wait_child };
    static constexpr std::array<std::string_view, 8> names{
        "cancel", "err", "cause", "wait", "cancel_child", "err_child", "poll_child", "wait_child"};

    // Results: whether it is done; of cause, the argument of the cancel that has ended it, or 0.
    bool apply(const operation& op, const under_way&) {
        switch (op.what) {
            case cancel:
                if (cause_ == 0) cause_ = op.argument;
                child_by_ = std::min(child_by_, op.returned);
                return true;
            case err:
            case wait:
                return op.result == (cause_ != 0);
            case cause:
                return op.result == cause_;
            case cancel_child:
                return child_ = true;
            default:
                return op.result != 0 ? tell_child() : !child_ && op.invoked < child_by_;
        }
    }
    bool can_proceed(const operation& op, const under_way&) const {
        return cause_ != 0 || (op.what == wait_child && child_);
    }
    bool operator==(const context_model&) const = default;

private:
    // An end reaches the child when it is seen there, at the latest when a cancel has returned.
    bool tell_child() {
        child_ = child_ || child_by_ != never;
        return child_;
    }

    int cause_ = 0;         // 0: it is not done
    bool child_ = false;    // the child has been seen to be done
    int child_by_ = never;  // the first return of a cancel that has taken effect
};

class wait_group_model {
public:
    enum what { add, done, wait, count, wait_under, cancel };
    static constexpr std::array<std::string_view, 6> names{"add",   "done",       "wait",
                                                           "count", "wait_under", "cancel"};

    // Results: 1, or 0 if it threw or was cancelled; of count the count.
    bool apply(const operation& op, const under_way&) {
        switch (op.what) {
            case add:
                return change(op.argument, op.result);
            case done:
                return change(-1, op.result);
            case count:
                return op.result == count_;
            case cancel:
                canceled_by_ = std::min(canceled_by_, op.returned);
                return true;
            case wait_under:
                if (op.result == 0) return canceled_by_ != never;
                return count_ == 0 && canceled_by_ > op.invoked;
            default:
                return count_ == 0;
        }
    }
    bool can_proceed(const operation& op, const under_way&) const {
        return count_ == 0 || (op.what == wait_under && canceled_by_ != never);
    }
    bool operator==(const wait_group_model&) const = default;

private:
    bool change(int n, int result) {
        if (count_ + n < 0) return result == 0;
        count_ += n;
        return result == 1;
    }

    int count_ = 0;
    int canceled_by_ = never;
};

// Its tasks have numbers; those greater than 0 fail.
class error_group_model {
public:
    enum what { go, try_go, enters, leaves, wait, failure, err, until_done };
    static constexpr std::array<std::string_view, 8> names{
        "go", "try_go", "enters", "leaves", "wait", "failure", "err", "until_done"};

    explicit error_group_model(int limit) : limit_(limit) {}

    // Results: of try_go and err 1 or 0; of wait and failure the task that failed first, or 0.
    bool apply(const operation& op, const under_way& others) {
        switch (op.what) {
            case try_go:
                if (op.result == 0) return started_ >= limit_;  // its slot is free a little later
                [[fallthrough]];
            case go:
                return ++started_ - left_ <= limit_;
            case enters:
                return ++entered_ <= started_;
            case leaves:
                if (op.argument > 0) fail(op.argument);
                return ++left_ <= entered_;
            case wait:
                over_by_ = std::min(over_by_, op.returned);
                return left_ == started_ && (op.result == 0 ? failed_.none() : is_first(op.result));
            case failure:
                return op.result == 0 ? !told_ : is_first(op.result);
            case err:
                return op.result == 0 ? !over_ && over_by_ > op.invoked : end(others);
            default:
                return end(others);
        }
    }
    bool can_proceed(const operation& op, const under_way&) const {
        if (op.what == until_done) return failed_.any() || over_by_ != never;
        return op.what == wait ? left_ == started_ : started_ - left_ < limit_;
    }
    bool operator==(const error_group_model&) const = default;

private:
    // Of tasks that run one by one, the first one that fails is the first failure.
    void fail(int task) {
        if (limit_ == 1 && first_ == 0) first_ = task;
        failed_.set(static_cast<std::size_t>(task));
    }
    // Of others, it is the one that is told first.
    bool is_first(int task) {
        told_ = true;
        if (first_ == 0) first_ = task;
        return first_ == task && failed_[static_cast<std::size_t>(task)];
    }
    // The context is done after a failure, which can be asked for then, or after wait.
    bool end(const under_way& others) {
        over_ = true;
        const bool waited =
            over_by_ != never || others.any([](const operation& op) { return op.what == wait; });
        told_ = told_ || !waited;
        return waited || failed_.any();
    }

    int limit_;
    int started_ = 0, entered_ = 0, left_ = 0;
    std::bitset<8> failed_;
    int first_ = 0;        // 0: not known yet
    bool over_ = false;    // the context has been seen to be done
    bool told_ = false;    // because of a failure
    int over_by_ = never;  // the first return of a wait that has taken effect
};

}  // namespace explore
