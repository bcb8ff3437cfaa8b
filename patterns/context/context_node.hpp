#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <typeinfo>
#include <vector>

#include "common/timer.hpp"

// The nodes of which the tree of contexts is made. context.hpp is the face.
namespace braid {

enum class context_errc { canceled = 1, deadline_exceeded = 2 };

const std::error_category& context_category() noexcept;
inline std::error_code make_error_code(context_errc e) noexcept {
    return {static_cast<int>(e), context_category()};
}

}  // namespace braid

template <>
struct std::is_error_code_enum<braid::context_errc> : std::true_type {};

namespace braid::detail {

class context_node;
class cancel_node;
using node_ptr = std::shared_ptr<const context_node>;

// Its address stands for the type T.
template <class T>
inline constexpr char value_key = 0;

// "request_id" for typeid(request_id)
std::string type_name(const std::type_info& type);

// One step of a chain that leads to the root. What it cannot answer itself, it asks its parent; the
// end of a request is asked of the nearest node that can be cancelled, without walking.
class context_node {
public:
    context_node(node_ptr parent, cancel_node* canceler) noexcept
        : parent_(std::move(parent)), canceler_(canceler) {}
    context_node(const context_node&) = delete;
    context_node& operator=(const context_node&) = delete;
    virtual ~context_node() = default;

    const receiver<unit>& done() const noexcept;
    std::error_code err() const noexcept;
    std::exception_ptr cause() const;
    std::optional<time_point> deadline() const noexcept;
    std::stop_token stop_token() const;

    virtual const void* find(const void* key) const noexcept {
        return parent_ != nullptr ? parent_->find(key) : nullptr;
    }
    virtual std::string describe() const = 0;

    cancel_node* canceler() const noexcept { return canceler_; }

protected:
    const node_ptr parent_;
    cancel_node* const canceler_;  // null: never done. Kept alive by the chain.
};

node_ptr root_node() noexcept;

// Ends what can be cancelled at or above `node`, and all below that.
void cancel(const node_ptr& node, const std::exception_ptr& cause) noexcept;

template <class T>
class value_node final : public context_node {
public:
    value_node(const node_ptr& parent, T value)
        : context_node(parent, parent->canceler()), value_(std::move(value)) {}

    const void* find(const void* key) const noexcept override {
        return key == &value_key<T> ? &value_ : parent_->find(key);
    }
    std::string describe() const override {
        return parent_->describe() + ".with_value<" + type_name(typeid(T)) + ">";
    }

private:
    const T value_;
};

// What stands in a canceler's list and is told when it ends: a child, or a function to run.
class cancel_listener {
public:
    cancel_listener() = default;
    cancel_listener(const cancel_listener&) = delete;
    cancel_listener& operator=(const cancel_listener&) = delete;

    // Under the canceler's lock; the listener is out of the list by then. What must wait until all
    // locks are released goes to `stops`. A node that has ended by this returns itself, locked: its
    // own listeners are still to be told.
    virtual cancel_node* canceled(std::error_code err, const std::exception_ptr& cause,
                                  std::vector<std::stop_source>& stops) noexcept = 0;

protected:
    ~cancel_listener() = default;

private:
    friend class cancel_node;
    cancel_listener* next_ = nullptr;
    cancel_listener* previous_ = nullptr;
    bool listed_ = false;
};

// A node that can be cancelled.
//
// Lock order: parent before child. cancel holds its lock while it tells the listeners, so that a
// second cancel returns only when everything below is done (CX-6), and takes its parent's lock only
// after it has let go of its own: a task that is woken by the parent's end may cancel the child
// while the parent is still at it (CX-11).
class cancel_node : public context_node, public cancel_listener {
public:
    cancel_node(node_ptr parent, std::optional<time_point> deadline, place made);

    // Ends this and all below, unless it has ended before, and leaves the parent's list. Called at
    // least once before the node is destroyed: by the scoped_context that owns it.
    void cancel(std::error_code err, const std::exception_ptr& cause) noexcept;

    // Puts `l` in the list; if this has ended already, tells it at once.
    void listen(cancel_listener& l);
    // True if `l` was in the list, and so will never be told.
    bool forget(cancel_listener& l) noexcept;

    cancel_node* canceled(std::error_code err, const std::exception_ptr& cause,
                          std::vector<std::stop_source>& stops) noexcept override;
    std::string describe() const override;

    // How many stand in the list, for tests.
    std::size_t listeners() const noexcept;

protected:
    virtual void ended() noexcept {}  // once, after the end, under locks from above at most

private:
    friend class context_node;
    void tell_all(std::vector<std::stop_source>& stops) noexcept;
    bool unlink(cancel_listener& l) noexcept;

    mutable runtime::lock mutex_;
    const receiver<unit> done_;
    const std::optional<time_point> deadline_;
    std::error_code err_;       // written once, before done_ is closed
    std::exception_ptr cause_;  // the same; null if none was given
    cancel_listener* listeners_ = nullptr;
    cancel_node* told_by_ = nullptr;  // while tell_all is at it: where to go on afterwards
    mutable std::optional<std::stop_source> stop_;
    registry::resource unfinished_;
};

// Here, because long loops ask it at each turn.
inline std::error_code context_node::err() const noexcept {
    if (canceler_ == nullptr || !canceler_->done_.state()->closed()) return {};
    return canceler_->err_;  // was written before the close
}

}  // namespace braid::detail
