#pragma once

#include <atomic>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <vector>

#include "patterns/context/context_node.hpp"

// The nodes that can be cancelled, and what is told when they are.
namespace braid::detail {

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
    const receiver<unit>& done() const noexcept;
    void tell_all(std::vector<std::stop_source>& stops) noexcept;
    bool unlink(cancel_listener& l) noexcept;

    mutable runtime::lock mutex_;
    // Made when it is first asked for: most contexts end before anybody waits for that. Until then
    // `over_` tells whether this has ended, afterwards the channel does: err() and done() say so at
    // the same instant (I2).
    mutable receiver<unit> done_;
    std::atomic<bool> over_{false};
    mutable std::atomic<const std::atomic<bool>*> ended_{&over_};
    const place made_;
    const std::optional<time_point> deadline_;
    std::error_code err_;       // written once, before the end can be seen
    std::exception_ptr cause_;  // the same; null if none was given
    cancel_listener* listeners_ = nullptr;
    cancel_node* told_by_ = nullptr;  // while tell_all is at it: where to go on afterwards
    mutable std::optional<std::stop_source> stop_;
    registry::resource unfinished_;
};

// Here, because long loops ask it at each turn.
inline std::error_code context_node::err() const noexcept {
    if (canceler_ == nullptr ||
        !canceler_->ended_.load(std::memory_order_acquire)->load(std::memory_order_acquire))
        return {};
    return canceler_->err_;
}

}  // namespace braid::detail
