#include "tests/explore/engine.hpp"

#include <cxxabi.h>
#include <unwind.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <typeinfo>

#include "tests/explore/real.hpp"

// Where libstdc++ counts the waiters of std::atomic, if the program has it: state of the process
// that an abandoned execution leaves as it was.
extern "C" __attribute__((weak)) char libstdcxx_waiters[16 * 128] asm(
    "_ZZNSt8__detail18__waiter_pool_base6_S_forEPKvE3__w");

namespace explore {

constinit bool in_program = false;

engine& the_engine() {
    // Never destroyed: replaced functions are called until the very end of the process.
    static engine* const one = [] {
        reset_heap();  // what comes now is not the program's
        return new engine;
    }();
    return *one;
}

namespace {

std::string text_of_current_exception() {
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "std::terminate";
    int status = 0;
    char* const demangled = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
    std::string text = demangled == nullptr ? type->name() : demangled;
    std::free(demangled);
    try {
        throw;
    } catch (const std::exception& e) {
        text += std::string(": ") + e.what();
    } catch (...) {
    }
    return text;
}

constexpr std::size_t most_events = 200'000;  // in a trace

struct walk {
    std::array<std::uintptr_t, stack_frames>* to;
    std::size_t frames;
};

_Unwind_Reason_Code step_out(_Unwind_Context* frame, void* argument) {
    walk& w = *static_cast<walk*>(argument);
    if (w.frames == w.to->size()) return _URC_END_OF_STACK;
    (*w.to)[w.frames++] = _Unwind_GetIP(frame);
    return _URC_NO_REASON;
}

std::string kind_of_access(std::uint8_t how) {
    if ((how & races::frees) != 0) return "free";
    return std::string((how & races::atomic) != 0 ? "atomic " : "") +
           ((how & races::writes) != 0 ? "write" : "read");
}

void terminate_in_program() {
    if (!in_program) std::abort();
    in_program = false;
    const bool exception = abi::__cxa_current_exception_type() != nullptr;
    the_engine().stop(exception ? "uncaught-exception" : "misuse", text_of_current_exception());
}

}  // namespace

void engine::prepare() {
    watch_for_crashes();
    home_.thread_pointer = thread_pointer();
    // The C library notes in a global of ours that there is more than one thread.
    donors_.at(0, home_);
    keys_.prepare();
}

execution& engine::run(const std::function<void()>& body, const options& how, strategy& decides,
                       bool traced) {
    body_ = &body;
    how_ = &how;
    decides_ = &decides;
    traced_ = traced;
    result_.clear();
    std::fill_n(points_.begin(), count_, 0);
    count_ = 0;
    live_.clear();
    steps_ = 0;
    events_ = 0;
    changes_ = 0;
    now_ = 0;
    races_.clear();
    stores_.clear();
    fence_order_ = {};
    clocks_.clear();
    locks_.clear();
    lost_signals_.clear();
    names_.clear();
    births_.clear();
    numbers_ = random_numbers(1);
    reset_heap();
    if (libstdcxx_waiters != nullptr) std::memset(libstdcxx_waiters, 0, sizeof libstdcxx_waiters);

    home_.thread_pointer = thread_pointer();
    running_ = nullptr;
    running_ = &create(nullptr, nullptr, false);
    const auto before = std::set_terminate(terminate_in_program);
    switch_context(home_, running_->where);
    std::set_terminate(before);

    // What stands in a static is gone with the heap.
    for (std::uint64_t* guard : statics_) *guard = 0;
    statics_.clear();
    at_exit_.clear();
    keys_.remove_made();
    return result_;
}

void engine::fiber_main() {
    engine& self = the_engine();
    thread& t = self.me();
    void* result = nullptr;
    self.keys_.begin_thread(t.id);
    try {
        if (t.id == 0) {
            self.run_body();
        } else {
            self.note(action::begin);
            in_program = true;
            result = t.start(t.argument);
            in_program = false;
        }
    } catch (...) {
        in_program = false;
        self.stop("uncaught-exception", text_of_current_exception());
    }
    self.end_thread(result);
}

void engine::run_body() {
    in_program = true;
    (*body_)();
    in_program = false;
    running_->pc = 0;
    running_->leave_stack();
    steps_ = 0;  // the others have as many to come to an end
    if (!how_->daemons) pause(wait::others, nullptr);
    while (!at_exit_.empty()) {
        const thread_exit last = at_exit_.back();
        at_exit_.pop_back();
        in_program = true;
        last.function(last.argument);
        in_program = false;
    }
}

void engine::leave() {
    switch_context(running_->where, home_);
    __builtin_unreachable();
}

void engine::stop(const char* kind, std::string text, std::uint32_t other_event) {
    note(action::finding);
    end_with(kind, std::move(text), other_event);
}

void engine::note_wait() {
    if (!traced_) return;
    running_->waits_at = {};
    walk w{&running_->waits_at, 0};
    _Unwind_Backtrace(step_out, &w);
}

void engine::end_with(const char* kind, std::string text, std::uint32_t other_event) {
    // Copied: the text may lie in the heap of the program, which ends here.
    result_.found = finding{kind, name(running_->serial), "", std::string(std::string_view(text))};
    result_.found_event = events_;
    result_.other_event = other_event;
    leave();
}

void engine::unsupported(const char* call) {
    stop("unsupported", std::string(call) + " may block, and the explorer does not control it");
}

// A local variable of another thread, whose function has returned.
void engine::check_scope(std::uintptr_t address, std::uint8_t how) {
    if (running_->has_on_stack(address)) return;
    for (int id = 0; id != count_; ++id) {
        const thread& t = thread_at(id);
        if (!t.has_on_stack(address)) continue;
        if (address < t.stack.in_use)
            stop("use-after-scope", kind_of_access(how) + " by " + name(running_->serial) +
                                        " of a variable of " + name(t.serial) +
                                        ", whose function has returned");
        return;
    }
}

void engine::access(std::uintptr_t address, std::size_t size, std::uint8_t how) {
    thread& t = *running_;
    check_scope(address, how);
    // A plain loop that never ends has no schedule point.
    if (events_ >= how_->steps * 1000) stop("livelock", "too many accesses to memory");
    const races::access* other = races_.check(t, address, size, how, events_ + 1);
    if (other == nullptr) return;
    const std::uint32_t event = other->event;
    const std::string who = name(serial_of(other->thread, other->epoch));
    const std::string text = kind_of_access(how) + " by " + name(t.serial) + ", " +
                             kind_of_access(other->how) + " by " + who;
    if ((how & races::frees) != 0 && (other->how & races::frees) != 0)
        stop("double-free", text, event);
    if (((how | other->how) & races::frees) != 0) stop("use-after-free", text, event);
    stop("data-race", text + ", nothing orders the two", event);
}

void engine::about_to_write(std::uintptr_t address) {
    if (how_->weak) stores_.forget(address);
    if (!running_->has_on_stack(address))
        changed();
    else if (races_.used_by_others(*running_, address))
        changed(false);
}

void engine::note(action what, const void* address, std::uint64_t value) {
    ++events_;
    if (!traced_ || result_.trace.size() == most_events) return;
    event e{what, running_->id, running_->serial, reinterpret_cast<std::uintptr_t>(address), value,
            {}};
    // By unwinding: the calls that hooks tell of do not include those in libraries. It is slow, and
    // done only in the one execution that is reported.
    walk w{&e.stack, 0};
    _Unwind_Backtrace(step_out, &w);
    result_.trace.push_back(e);
}

}  // namespace explore
