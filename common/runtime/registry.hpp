#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/place.hpp"

#ifndef BRAID_LIFECYCLE
#define BRAID_LIFECYCLE 0
#endif

// Who runs, who waits for what. The runtime and the primitives record here; lifecycle.hpp reads.
//
// With BRAID_LIFECYCLE=0 every function below is empty and inline and every type has no members:
// a release build pays nothing. One program is built with one value throughout.
namespace braid::registry {

// What a task was seen doing with a subject. From it the deadlock report knows who could have
// woken whom: a receiver is woken by those who send, a lock is released by the one who holds it.
enum class role : std::uint8_t { none, sends, receives, holds, works };

struct birth {
    std::uint64_t id = 0;
    std::uint64_t parent = 0;  // the task that started it; 0 for a thread that is none of ours
    std::string_view name = {};
    place started = {};
    bool is_fiber = false;  // of a task: it shares its thread with others
};

// Of the clock's thread, which is neither listed nor counted. No task gets that far.
inline constexpr std::uint64_t clock_id = std::uint64_t{1} << 60;

#if BRAID_LIFECYCLE

struct record;  // one per task, and one per thread that has used Braid

// Something that a task can wait on. Every primitive has one as a member.
class subject {
public:
    constexpr subject(std::string_view kind, place made, std::size_t capacity = 0) noexcept
        : kind_(kind), made_(made), capacity_(capacity) {}
    subject(const subject&) = delete;
    subject& operator=(const subject&) = delete;

    // The calling task does `r` with this. Keeps the last few tasks; relaxed, orders nothing.
    void seen(role r) const noexcept;
    void seen(role r, std::uint64_t task) const noexcept;
    void forget(role r) const noexcept;
    bool was_seen(role r, std::uint64_t task) const noexcept;

    std::string_view kind() const noexcept { return kind_; }
    place made() const noexcept { return made_; }
    std::size_t capacity() const noexcept { return capacity_; }

private:
    std::string_view kind_;
    place made_;
    std::size_t capacity_;
    mutable std::array<std::atomic<std::uint64_t>, 8> seen_{};  // task << 3 | role
};

// What a wait is for, and in which role those are who can end it.
struct target {
    const subject* on = nullptr;
    role woken_by = role::none;
};

// A wait, as the reports tell it: "blocked in <operation> at <where>, on <subject>".
struct wait {
    std::string_view operation;
    place where;
    target on = {};
    std::span<const target> any_of = {};  // a select waits for several
};

record* begin(const birth& b);
void end(record* r) noexcept;  // it is no longer listed, but may still wake those who wait for it
void ended() noexcept;         // and now it cannot any more
void suspend(record* r, const wait& what, bool timed) noexcept;  // is about to sleep
void resume(record* r) noexcept;                                 // is about to be woken
void detached(std::uint64_t task, place where) noexcept;
void timers(int change) noexcept;  // how many more timers (or fewer) can still wake somebody

// Something that must be given back before its owner's end: a context in its parent's list.
class resource {
public:
    resource(std::string_view kind, place made) noexcept;
    resource(const resource&) = delete;
    resource& operator=(const resource&) = delete;
    ~resource() { release(); }
    void release() noexcept;  // idempotent
    const resource* next() const noexcept { return next_; }

    std::string_view kind;
    place made;

private:
    friend struct book;
    resource* next_ = nullptr;
    resource* previous_ = nullptr;
    bool listed_ = false;
};

#else

struct record;

class subject {
public:
    constexpr subject(std::string_view, place, std::size_t = 0) noexcept {}
    subject(const subject&) = delete;
    subject& operator=(const subject&) = delete;
    void seen(role) const noexcept {}
    void seen(role, std::uint64_t) const noexcept {}
    void forget(role) const noexcept {}
};

struct target {
    constexpr target(const subject* = nullptr, role = role::none) noexcept {}
};

struct wait {
    constexpr wait(std::string_view, place, target = {}, std::span<const target> = {}) noexcept {}
};

inline record* begin(const birth&) noexcept { return nullptr; }
inline void end(record*) noexcept {}
inline void ended() noexcept {}
inline void suspend(record*, const wait&, bool) noexcept {}
inline void resume(record*) noexcept {}
inline void detached(std::uint64_t, place) noexcept {}
inline void timers(int) noexcept {}

class resource {
public:
    resource(std::string_view, place) noexcept {}
    void release() noexcept {}
};

#endif

}  // namespace braid::registry
