#include "patterns/error_group/error_group.hpp"

namespace braid {

error_group::~error_group() {
    if (!waited_ && own_) own_->cancel();
    tasks_.wait();
    if (!waited_ && failure_ != nullptr && std::uncaught_exceptions() == 0)
        detail::die_of("of an error group that nobody waited for", place{}, failure_);
}

void error_group::set_limit(std::ptrdiff_t n) {
    if (const auto active = tasks_.count(); active != 0)
        throw std::logic_error("error group: modify limit while " + std::to_string(active) +
                               " tasks in the group are still active");
    limited_ = n >= 0;
    slots_ = limited_ ? make_channel<unit>(static_cast<std::size_t>(n)) : channel<unit>{};
}

void error_group::wait(place where) {
    tasks_.wait(where);
    waited_ = true;
    if (own_) own_->cancel();
    if (const std::exception_ptr first = failure(); first != nullptr) std::rethrow_exception(first);
}

std::exception_ptr error_group::failure() const noexcept {
    runtime::locked hold(mutex_);
    return failure_;
}

void error_group::fail(std::exception_ptr e) noexcept {
    {
        runtime::locked hold(mutex_);
        if (failure_ != nullptr) return;
        failure_ = e;
    }
    if (own_) own_->cancel(e);
}

}  // namespace braid
