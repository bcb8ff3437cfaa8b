#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <typeinfo>

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
    std::error_code err() const noexcept;  // in cancel_node.hpp
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

}  // namespace braid::detail
