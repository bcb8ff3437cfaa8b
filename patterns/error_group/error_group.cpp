#include "patterns/error_group/error_group.hpp"

namespace braid {

error_group::~error_group() {
    if (own_) own_->cancel();
    tasks_.wait(place{});
    if (unseen_ && std::uncaught_exceptions() == 0)
        detail::die_of("of an error group that nobody waited for", started_, failure_);
}

void error_group::set_limit(std::ptrdiff_t n, place made) {
    if (const auto active = tasks_.count(); active != 0)
        throw std::logic_error("error group: modify limit while " + std::to_string(active) +
                               " tasks in the group are still active");
    slots_ = n >= 0 ? make_channel<unit>(static_cast<std::size_t>(n), made) : channel<unit>{};
    limited_ = n >= 0;
}

// snippet: failing
void error_group::start(const task_options& options, detail::action_ptr body, place where) {
    auto task = [this, where, body = std::move(body)]() mutable {
        std::exception_ptr failed;
        try {
            body->call();
        } catch (...) {
            failed = std::current_exception();
        }
        // Outside the catch block, so that this task has let go of the exception's handler before
        // others can see the exception.
        if (failed != nullptr) fail(std::move(failed), where);
        body.reset();  // I4: what it holds is gone before the next task starts
        if (limited_) slots_.receive();
    };
    try {
        tasks_.go(options, std::move(task), where);
    } catch (...) {
        if (limited_) slots_.receive();
        throw;
    }
}

void error_group::fail(std::exception_ptr e, place started) noexcept {
    {
        runtime::locked hold(mutex_);
        if (failure_ != nullptr) return;  // I1
        failure_ = e;
        started_ = started;
        unseen_ = true;
    }
    if (own_) own_->cancel(e);  // I2
}

void error_group::wait(place where) {
    tasks_.wait(where);  // I3
    if (own_) own_->cancel();
    std::exception_ptr first;
    {
        runtime::locked hold(mutex_);
        first = failure_;
        unseen_ = false;
    }
    if (first != nullptr) std::rethrow_exception(first);
}
// snippet end

std::exception_ptr error_group::failure() const noexcept {
    runtime::locked hold(mutex_);
    return failure_;
}

}  // namespace braid
