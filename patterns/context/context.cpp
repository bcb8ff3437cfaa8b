#include "patterns/context/after_func.hpp"

#include <cxxabi.h>

#include <cstdlib>

namespace braid {

namespace {

class category final : public std::error_category {
public:
    const char* name() const noexcept override { return "context"; }
    std::string message(int value) const override {
        return value == static_cast<int>(context_errc::deadline_exceeded)
                   ? "context deadline exceeded"
                   : "context canceled";
    }
    std::error_condition default_error_condition(int value) const noexcept override {
        return value == static_cast<int>(context_errc::deadline_exceeded)
                   ? std::errc::timed_out
                   : std::errc::operation_canceled;
    }
};

}  // namespace

const std::error_category& context_category() noexcept {
    static const auto& instance = *new category;  // never destroyed: see root_node
    return instance;
}

namespace detail {

std::string type_name(const std::type_info& type) {
    int status = 0;
    char* const readable = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
    const std::string name = status == 0 ? readable : type.name();
    std::free(readable);
    return name.substr(name.rfind(':', name.find('<')) + 1);  // not one of a template's argument
}

namespace {

class root final : public context_node {
public:
    explicit root(const char* name) noexcept : context_node(nullptr, nullptr), name_(name) {}
    std::string describe() const override { return name_; }

private:
    const char* name_;
};

// A handle to a static node counts no references.
node_ptr handle_of(const context_node& node) noexcept { return {node_ptr{}, &node}; }

class shield final : public context_node {
public:
    explicit shield(node_ptr parent) noexcept : context_node(std::move(parent), nullptr) {}
    std::string describe() const override { return parent_->describe() + ".without_cancel"; }
};

// Cancels itself when its time has come.
class deadline_node final : public cancel_node, public clock::timed {
public:
    deadline_node(node_ptr parent, time_point when, std::exception_ptr cause, place made)
        : cancel_node(std::move(parent), when, made), late_(std::move(cause)) {}

    void due(time_point) noexcept override { cancel(context_errc::deadline_exceeded, late_); }
    std::string describe() const override { return parent_->describe() + ".with_deadline"; }

protected:
    void ended() noexcept override { clock::cancel(*this); }

private:
    const std::exception_ptr late_;
};

}  // namespace

// Never destroyed: tasks, and the clock, may go on until the process is gone.
node_ptr root_node() noexcept {
    static const auto& background = *new root("background");
    return handle_of(background);
}

const receiver<unit>& context_node::done() const noexcept {
    static const auto& never = *new receiver<unit>;
    return canceler_ != nullptr ? canceler_->done() : never;
}

std::exception_ptr context_node::cause() const {
    const std::error_code why = err();
    if (!why) return nullptr;
    if (canceler_->cause_ != nullptr) return canceler_->cause_;
    return std::make_exception_ptr(std::system_error(why));
}

std::optional<time_point> context_node::deadline() const noexcept {
    return canceler_ != nullptr ? canceler_->deadline_ : std::nullopt;
}

std::stop_token context_node::stop_token() const {
    if (canceler_ == nullptr) return {};
    runtime::locked hold(canceler_->mutex_);
    if (canceler_->err_) {
        // Not the stop_ of others: who cancels may still be on his way to it.
        std::stop_source over;
        over.request_stop();
        return over.get_token();
    }
    if (!canceler_->stop_) canceler_->stop_.emplace();
    return canceler_->stop_->get_token();
}

namespace {

// The earlier of a parent's deadline and one's own.
std::optional<time_point> earlier(const node_ptr& parent, std::optional<time_point> own) {
    const auto theirs = parent->deadline();
    return !own || (theirs && *theirs < *own) ? theirs : own;
}

}  // namespace

cancel_node::cancel_node(node_ptr parent, std::optional<time_point> deadline, place made)
    : context_node(parent, this),
      made_(made),
      deadline_(earlier(parent, deadline)),
      unfinished_("context", made) {}

const receiver<unit>& cancel_node::done() const noexcept {
    if (ended_.load(std::memory_order_acquire) != &over_) return done_;
    runtime::locked hold(mutex_);
    if (!done_) {
        const auto ch = make_channel<unit>(0, made_);
        if (err_) ch.close();
        done_ = ch;
        ended_.store(&done_.state()->closed_flag(), std::memory_order_release);
    }
    return done_;
}

// snippet: cancel
void cancel_node::cancel(std::error_code err, const std::exception_ptr& cause) noexcept {
    std::vector<std::stop_source> stops;
    if (canceled(err, cause, stops) != nullptr) tell_all(stops);
    if (cancel_node* const above = parent_->canceler(); above != nullptr) above->forget(*this);
    for (auto& s : stops) s.request_stop();  // runs the user's code: no lock is held
}

cancel_node* cancel_node::canceled(std::error_code err, const std::exception_ptr& cause,
                                   std::vector<std::stop_source>& stops) noexcept {
    mutex_.acquire();
    if (err_) {
        mutex_.release();
        return nullptr;
    }
    err_ = err;
    cause_ = cause;
    unfinished_.release();  // before anybody can learn that it is done
    if (done_)              // I2: after err_
        done_.state()->close();
    else
        over_.store(true, std::memory_order_release);
    if (stop_) stops.push_back(*stop_);
    return this;
}

// Tells everybody below, depth first, and unlocks each node when all below it are told. Not by
// recursion: a tree may be deeper than the stack of the task that cancels.
void cancel_node::tell_all(std::vector<std::stop_source>& stops) noexcept {
    for (cancel_node* at = this; at != nullptr;) {
        if (cancel_listener* const l = at->listeners_; l != nullptr) {
            at->unlink(*l);
            if (cancel_node* const child = l->canceled(err_, cause_, stops); child != nullptr) {
                child->told_by_ = at;
                at = child;
            }
        } else {
            cancel_node* const above = at->told_by_;
            at->mutex_.release();
            at->ended();
            at = above;
        }
    }
}
// snippet end

void cancel_node::listen(cancel_listener& l) {
    runtime::locked hold(mutex_);
    if (err_) {
        std::vector<std::stop_source> none;  // nobody has the token of a context that is being made
        if (cancel_node* const child = l.canceled(err_, cause_, none); child != nullptr)
            child->tell_all(none);
        return;
    }
    l.next_ = listeners_;
    if (l.next_ != nullptr) l.next_->previous_ = &l;
    listeners_ = &l;
    l.listed_ = true;
}

bool cancel_node::forget(cancel_listener& l) noexcept {
    runtime::locked hold(mutex_);
    return unlink(l);
}

bool cancel_node::unlink(cancel_listener& l) noexcept {
    if (!l.listed_) return false;
    (l.previous_ != nullptr ? l.previous_->next_ : listeners_) = l.next_;
    if (l.next_ != nullptr) l.next_->previous_ = l.previous_;
    l.next_ = l.previous_ = nullptr;
    l.listed_ = false;
    return true;
}

std::size_t cancel_node::listeners() const noexcept {
    runtime::locked hold(mutex_);
    std::size_t count = 0;
    for (const cancel_listener* l = listeners_; l != nullptr; l = l->next_) ++count;
    return count;
}

std::string cancel_node::describe() const { return parent_->describe() + ".with_cancel"; }

void cancel(const node_ptr& node, const std::exception_ptr& cause) noexcept {
    if (cancel_node* const at = node->canceler(); at != nullptr)
        at->cancel(context_errc::canceled, cause);
}

}  // namespace detail

context background() noexcept { return {}; }

context todo() noexcept {
    static const auto& node = *new detail::root("todo");
    return context(detail::handle_of(node));
}

scoped_context with_cancel(const context& parent, place made) {
    auto child = runtime::make_in_block<detail::cancel_node>(parent.node(), std::nullopt, made);
    if (auto* const above = parent.node()->canceler(); above != nullptr) above->listen(*child);
    return scoped_context(std::move(child));
}

scoped_context with_deadline_cause(const context& parent, time_point when, std::exception_ptr cause,
                                   place made) {
    if (const auto theirs = parent.deadline(); theirs && *theirs < when)
        return with_cancel(parent, made);
    auto child =
        runtime::make_in_block<detail::deadline_node>(parent.node(), when, std::move(cause), made);
    const bool past = when <= std::chrono::steady_clock::now();
    if (!past && when != time_point::max()) clock::schedule(child, when);
    if (auto* const above = parent.node()->canceler(); above != nullptr) above->listen(*child);
    if (past) child->due(when);  // unless the parent is done: its end came first (CX-10)
    return scoped_context(std::move(child));
}

context without_cancel(const context& parent) {
    return context(std::make_shared<detail::shield>(parent.node()));
}

namespace detail {

cancel_node* after_node::canceled(std::error_code, const std::exception_ptr&,
                                  std::vector<std::stop_source>&) noexcept {
    running_ = go(std::move(f_), made_);
    return nullptr;
}

}  // namespace detail

after_func_stop::after_func_stop(const context& ctx, std::function<void()> f, place made)
    : ctx_(ctx), node_(std::make_unique<detail::after_node>(std::move(f), made)) {
    if (auto* const above = ctx_.node()->canceler(); above != nullptr) above->listen(*node_);
}

after_func_stop::~after_func_stop() {
    if (node_ != nullptr) (*this)();
}

bool after_func_stop::operator()() {
    if (node_->stopped.exchange(true)) return false;
    auto* const above = ctx_.node()->canceler();
    return above == nullptr || above->forget(*node_);
}

}  // namespace braid
