#pragma once

#include <cstddef>
#include <utility>

#include "common/runtime/lock.hpp"

// Objects that are used again and again. Each worker keeps up to two magazines of them, which need
// no lock; only whole magazines go to the depot that all share and come from there, so its lock is
// seldom taken, whatever the need and however it changes. After Bonwick and Adams, "Magazines and
// Vmem" (2001).
namespace braid::runtime {

// Of an object that is not used.
template <class T>
struct spare {
    T* next = nullptr;           // in its magazine
    T* next_magazine = nullptr;  // in the depot: of the first of a magazine
};

// The full magazines that nobody has. T derives from spare<T>, or begins with one.
template <class T>
class depot {
public:
    T* take() noexcept {
        locked hold(mutex_);
        return first_ != nullptr ? std::exchange(first_, first_->next_magazine) : nullptr;
    }
    void give(T& magazine) noexcept {
        locked hold(mutex_);
        magazine.next_magazine = std::exchange(first_, &magazine);
    }

private:
    lock mutex_;
    T* first_ = nullptr;
};

template <class T>
class magazines {
public:
    constexpr explicit magazines(depot<T>& shared) noexcept : shared_(shared) {}

    // Null if there is none.
    T* take() noexcept {
        if (count_ == 0) {
            loaded_ = full_ != nullptr ? std::exchange(full_, nullptr) : shared_.take();
            if (loaded_ == nullptr) return nullptr;
            count_ = size;
        }
        --count_;
        return std::exchange(loaded_, loaded_->next);
    }

    void give(T& t) noexcept {
        if (count_ == size) {
            if (full_ != nullptr) shared_.give(*full_);
            full_ = std::exchange(loaded_, nullptr);
            count_ = 0;
        }
        t.next = std::exchange(loaded_, &t);
        ++count_;
    }

private:
    static constexpr std::size_t size = 64;
    depot<T>& shared_;
    T* loaded_ = nullptr;
    std::size_t count_ = 0;  // of loaded_
    T* full_ = nullptr;
};

}  // namespace braid::runtime
