#pragma once

#include <exception>

#include "patterns/context/cancel_node.hpp"

namespace braid {

// Carries the end of a request to everybody who works on it, with a deadline and request-scoped
// values. A handle: copied by value, never nil, never stored in a struct, passed as the first
// parameter (CX-30).
//
// Contexts form a tree. Invariants:
//   I1  Cancelling goes down, never up (CX-7): when cancel returns, all below is done (CX-6).
//   I2  err() says nothing until done() is closed, and from then on always the same (CX-2). The
//       first who cancels decides err and cause (CX-8, CX-16).
//   I3  Whoever makes a context that can be cancelled cancels it: until then its parent keeps it
//       in a list (CX-9). scoped_context does so at the end of its scope.
//   I4  Whoever works under a context stops soon after it is done.
//
// All operations may be called from any task at any time (CX-1). after_func.hpp has more of them.
// Memory ordering: what comes before cancel happens before a receive from done(), or an err(), that
// reports it.
class context {
public:
    // The root: never done, no deadline, no values (CX-4). The same as background().
    context() noexcept : node_(detail::root_node()) {}
    context(const context&) noexcept = default;  // and no move, which would leave a nil one (CX-21)
    context& operator=(const context&) noexcept = default;

    // Closed when the context is done; the nil channel if it never can be.
    const receiver<unit>& done() const noexcept { return node_->done(); }

    // Why it is done: context_errc::canceled or deadline_exceeded, which compare equal to
    // std::errc::operation_canceled and timed_out. No error while it is not done.
    std::error_code err() const noexcept { return node_->err(); }

    // With what it was cancelled: the exception given to cancel, or a std::system_error of err()
    // if none was (CX-15, CX-16). Null while it is not done.
    std::exception_ptr cause() const { return node_->cause(); }

    // When it will be done at the latest, if that is known.
    std::optional<time_point> deadline() const noexcept { return node_->deadline(); }

    // The nearest value of type T that with_value put in, here or above (CX-20); null if none.
    // Lives as long as this context, or any copy of it.
    template <class T>
    const T* value() const noexcept {
        return static_cast<const T*>(node_->find(&detail::value_key<T>));
    }

    // For code that takes a std::stop_token: its stop is requested when this context is done, by
    // whoever cancels. At a deadline that is the clock, so callbacks must not block.
    std::stop_token as_stop_token() const { return node_->stop_token(); }

    // How it was made: "background.with_cancel.with_value<request_id>" (CX-28).
    std::string to_string() const { return node_->describe(); }

    friend bool operator==(const context&, const context&) noexcept = default;

    // For the functions below.
    explicit context(detail::node_ptr node) noexcept : node_(std::move(node)) {}
    const detail::node_ptr& node() const noexcept { return node_; }

private:
    detail::node_ptr node_;
};

// Never done, no values. `todo` says that nobody has decided yet which context belongs here (CX-4).
context background() noexcept;
context todo() noexcept;

// Owns a context that can be cancelled, and cancels it at the end of its scope (I3). Converts to
// the context, but not from a temporary, whose context would be dead at once.
// snippet: scoped_context
class [[nodiscard("a context that is not kept is cancelled at once")]] scoped_context {
public:
    explicit scoped_context(detail::node_ptr node) noexcept : context_(std::move(node)) {}
    scoped_context(scoped_context && other) noexcept
        : context_(std::exchange(other.context_, context{})) {}
    scoped_context& operator=(scoped_context other) noexcept {
        std::swap(context_, other.context_);  // `other` cancels what was here
        return *this;
    }
    ~scoped_context() { cancel(); }

    // Ends the context and all below it, unless it has ended already (CX-8). From any task. Does
    // not wait for those who work under it. `cause` is what cause() will return.
    void cancel(const std::exception_ptr& cause = nullptr) noexcept {
        detail::cancel(context_.node(), cause);
    }
    template <class E>
    requires std::derived_from<E, std::exception>
    void cancel(E cause) noexcept { cancel(std::make_exception_ptr(std::move(cause))); }

    // The context, and what can be asked of it.
    operator const context&() const& noexcept { return context_; }
    operator const context&() const&& = delete;
    const context& get() const& noexcept { return context_; }
    const context& get() const&& = delete;
    const receiver<unit>& done() const noexcept { return context_.done(); }
    std::error_code err() const noexcept { return context_.err(); }
    std::exception_ptr cause() const { return context_.cause(); }
    std::optional<time_point> deadline() const noexcept { return context_.deadline(); }
    template <class T>
    const T* value() const noexcept {
        return context_.value<T>();
    }

private:
    context context_;
};
// snippet end

// A child that is done when its owner cancels it or its parent is done (CX-5). The second name is
// Go's for the one whose cancel takes a cause; here both do.
scoped_context with_cancel(const context& parent, place made = place::here());
inline scoped_context with_cancel_cause(const context& parent, place made = place::here()) {
    return with_cancel(parent, made);
}

// A child that is also done at `when`, with deadline_exceeded and `cause` (CX-17). A parent whose
// deadline is earlier keeps that one (CX-12); a time that is past makes it done at once (CX-13).
scoped_context with_deadline_cause(const context& parent, time_point when, std::exception_ptr cause,
                                   place made = place::here());
inline scoped_context with_deadline(const context& parent, time_point when,
                                    place made = place::here()) {
    return with_deadline_cause(parent, when, nullptr, made);
}

// The same, `d` from now.
template <class Rep, class Period>
scoped_context with_timeout(const context& parent, std::chrono::duration<Rep, Period> d,
                            place made = place::here()) {
    return with_deadline_cause(parent, runtime::deadline_after(d), nullptr, made);
}
template <class Rep, class Period>
scoped_context with_timeout_cause(const context& parent, std::chrono::duration<Rep, Period> d,
                                  std::exception_ptr cause, place made = place::here()) {
    return with_deadline_cause(parent, runtime::deadline_after(d), std::move(cause), made);
}

// A context with the value T{args...}, found by its type; there is nothing to cancel. For what
// belongs to the request, not for parameters (CX-30).
template <class T, class... Args>
context with_value(const context& parent, Args&&... args) {
    return context(
        std::make_shared<detail::value_node<T>>(parent.node(), T{std::forward<Args>(args)...}));
}

// The same as ctx.value<T>().
template <class T>
const T* value(const context& ctx) noexcept {
    return ctx.value<T>();
}

// The values of `parent` without its end: never done, no deadline (CX-23).
context without_cancel(const context& parent);

}  // namespace braid
