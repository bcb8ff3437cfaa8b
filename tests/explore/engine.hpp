#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/explore/address_table.hpp"
#include "tests/explore/explore.hpp"
#include "tests/explore/races.hpp"
#include "tests/explore/random.hpp"
#include "tests/explore/stores.hpp"
#include "tests/explore/strategy.hpp"
#include "tests/explore/thread.hpp"
#include "tests/explore/thread_keys.hpp"
#include "tests/explore/trace.hpp"

namespace explore {

// In a replaced function: where the program has called it.
#define CALLER __builtin_return_address(0)

// True while code of the program under test runs. Every replaced function asks this first: false
// means that it has to be what it always is.
extern bool in_program;

// How often a spin loop goes on though nothing has changed: a loop that ends by itself does so
// before time passes; one that goes on so often for nothing never ends.
constexpr int early_releases = 2;
constexpr int all_releases = 50;

// From the program into the engine, for as long as it lives.
struct entered {
    entered() { in_program = false; }
    ~entered() { in_program = true; }
    entered(const entered&) = delete;
    entered& operator=(const entered&) = delete;
};

// What is known of a mutex or a read-write lock. All zero: free.
struct lock_state {
    bool owned = false;
    int owner = 0;  // its serial number
    int depth = 0;
    int readers = 0;
    vector_clock released;       // by its owners
    vector_clock read_released;  // by its readers; only the next owner comes after them
};

struct execution {
    std::optional<finding> found;
    std::uint32_t found_event = 0;  // where in the trace
    std::uint32_t other_event = 0;  // of a race: the earlier access; 0: none
    std::vector<std::uint8_t> answers;
    std::vector<stretch> stretches;
    std::vector<deviation> deviations;
    std::optional<std::string> outcome;
    std::vector<event> trace;  // if asked for

    // As new, with the memory that it has.
    void clear() {
        found.reset();
        outcome.reset();
        found_event = other_event = 0;
        answers.clear();
        stretches.clear();
        deviations.clear();
        trace.clear();
    }
};

// Runs executions. Between its calls all threads but one stand in a schedule point.
class engine {
public:
    // --- for check() ---
    // Makes what is made once, before globals are saved.
    void prepare();
    // The result is good until the next run.
    execution& run(const std::function<void()>& body, const options& how, strategy& decides,
                   bool traced);

    // --- for the replaced functions; all in the running thread ---
    thread& me() { return *running_; }
    thread& thread_at(int id) { return *threads_[static_cast<std::size_t>(id)]; }
    const thread& thread_at(int id) const { return *threads_[static_cast<std::size_t>(id)]; }
    int thread_count() const { return count_; }
    // Those that have not ended, by id.
    const std::vector<thread*>& live() const { return live_; }

    // Where the program stands: each replaced function says it first.
    thread& enter(const void* return_address) {
        running_->pc = reinterpret_cast<std::uintptr_t>(return_address);
        return *running_;
    }

    // A schedule point. The caller runs again when the decision falls on it.
    void point() { pause(wait::nothing, nullptr); }
    // The same, and not before what it waits for is so. False: the deadline has passed instead.
    bool pause(wait why, const void* what, std::int64_t deadline = no_deadline,
               const void* with = nullptr, int number = 0);
    // A schedule point before a read, of `value` as it is now, that may be one of a spin loop.
    void point_before_read(const void* address, std::uint64_t value);
    // Whether the thread reads the same here again and again, and nothing has changed meanwhile.
    bool spins(const void* address, std::uint64_t value);
    void wait_for_change();
    void yield();

    // The program's memory or state is about to be changed: who spins may look again.
    void changed(bool own_progress = true);

    // One of several: an index. Where `costs`, all but 0 count as a preemption.
    int choose_one_of(int count, bool costs = false);
    bool weak() const { return how_->weak; }
    stores& past_stores() { return stores_; }
    // The order of seq_cst stores and fences.
    vector_clock& fence_order() { return fence_order_; }

    // A plain write. One to its own stack, of a loop counter say, is no progress; and nobody waits
    // for it who has not looked at it.
    void about_to_write(std::uintptr_t address);

    void access(std::uintptr_t address, std::size_t size, std::uint8_t how);
    void note(action what, const void* address = nullptr, std::uint64_t value = 0);

    // A mutex or a condition, which may be gone.
    void uses_object(const void* object) {
        access(reinterpret_cast<std::uintptr_t>(object), 1, races::atomic);
    }

    // Happens-before.
    void acquire(const vector_clock& from) { running_->clock.join(from); }
    void release(vector_clock& to) {
        to.join(running_->clock);
        running_->clock.tick(running_->id);
    }
    vector_clock& clock_of(const void* address) { return clocks_.at(address); }
    lock_state& lock_at(const void* address) { return locks_.at(address); }
    int& lost_signals(const void* condition) { return lost_signals_.at(condition); }

    // Ends the execution with a finding.
    [[noreturn]] void stop(const char* kind, std::string text, std::uint32_t other_event = 0);
    // Whether the running thread has no more stack at that address.
    bool overflows(std::uintptr_t address) const {
        constexpr std::uintptr_t guard = 4096;
        return running_ != nullptr && address < running_->stack_bottom &&
               address + guard >= running_->stack_bottom;
    }
    [[noreturn]] void leave();                        // ends it without one
    [[noreturn]] void unsupported(const char* call);  // may block, and is not controlled

    thread& create(void* (*start)(void*), void* argument, bool detached);
    [[noreturn]] void end_thread(void* result);

    thread_keys& keys() { return keys_; }
    random_numbers& numbers() { return numbers_; }  // what the program gets by chance

    // Virtual time, in nanoseconds since the execution began.
    std::int64_t now() const { return now_; }

    // Function-local statics that this execution has made, and what it has registered for exit.
    void made_static(std::uint64_t* guard) { statics_.push_back(guard); }
    void at_exit(void (*function)(void*), void* argument) {
        at_exit_.push_back({function, argument});
    }

    void outcome(std::string_view text) { result_.outcome = std::string(text); }
    std::string describe(const void* address, char letter);

    static void fiber_main();

private:
    void run_body();
    bool ready(const thread& t);
    bool let_time_pass();
    bool release_a_spinner(int most);
    static void persist(thread& t);
    void look_again(thread& t);
    using ids = std::array<std::uint8_t, max_threads>;
    int find_able(ids& able);
    void reschedule();
    void note_wait();
    [[noreturn]] void end_with(const char* kind, std::string text, std::uint32_t other_event);
    [[noreturn]] void nobody_can_run();
    void check_scope(std::uintptr_t address, std::uint8_t how);
    std::string what_it_waits_for(thread& t);
    int free_id() const;
    std::vector<thread*>::iterator place_of(int id);  // in live_
    int serial_of(int id, std::uint32_t epoch) const;
    static std::string name(int serial) {
        return serial == 0 ? "main" : "t" + std::to_string(serial);
    }

    const std::function<void()>* body_ = nullptr;
    const options* how_ = nullptr;
    strategy* decides_ = nullptr;
    bool traced_ = false;
    execution result_;

    context home_;
    donors donors_;
    std::array<std::optional<thread>, max_threads> threads_;
    std::array<std::uint32_t, max_threads> points_{};
    int count_ = 0;  // of ids
    std::vector<thread*> live_;
    thread* running_ = nullptr;

    // Of each thread, by serial number: its id, and its first epoch with that.
    struct birth {
        int id;
        std::uint32_t epoch;
    };
    std::vector<birth> births_;

    std::uint64_t steps_ = 0;
    std::uint32_t events_ = 0;
    std::uint64_t changes_ = 0;
    std::int64_t now_ = 0;

    races races_;
    stores stores_;
    vector_clock fence_order_;
    address_table<vector_clock> clocks_;
    address_table<lock_state> locks_;
    address_table<int> lost_signals_;
    std::vector<std::uint64_t*> statics_;
    std::vector<thread_exit> at_exit_;
    thread_keys keys_;
    random_numbers numbers_{1};
    std::vector<std::pair<const void*, std::string>> names_;
};

engine& the_engine();

// What exit() does in a whole program, if it comes back without a finding. Null: no whole program.
extern void (*exit_of_program)(int status);
// From here on a crash of the program is a finding.
void watch_for_crashes();

// The memory of the program under test: see interpose_memory.cpp.
void reset_heap();

// What was allocated before the first execution, as long as there was one thread.
struct memory_range {
    char* begin;
    char* end;
};
memory_range memory_from_before();

}  // namespace explore
