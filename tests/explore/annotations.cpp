// What programs tell ThreadSanitizer by hand.
#include "tests/explore/engine.hpp"
#include "tests/explore/real.hpp"

using namespace explore;

extern "C" {

void __tsan_acquire(void* address) {
    if (!in_program) return;
    entered here;
    engine& e = the_engine();
    e.acquire(e.clock_of(address));
}
void __tsan_release(void* address) {
    if (!in_program) return;
    entered here;
    engine& e = the_engine();
    e.release(e.clock_of(address));
}

// Plain accesses in between are not looked at. Synchronisation is, since others may wait for it.
void AnnotateIgnoreReadsBegin(const char*, int) {
    if (in_program) ++the_engine().me().unseen;
}
void AnnotateIgnoreReadsEnd(const char*, int) {
    if (in_program) --the_engine().me().unseen;
}
void AnnotateIgnoreWritesBegin(const char*, int) {}
void AnnotateIgnoreWritesEnd(const char*, int) {}
void AnnotateIgnoreSyncBegin(const char*, int) {}
void AnnotateIgnoreSyncEnd(const char*, int) {}

// Fibers of the program's own would run beside the scheduler that decides here.
void* __tsan_get_current_fiber() { return nullptr; }
void* __tsan_create_fiber(unsigned) {
    if (in_program) {
        in_program = false;
        the_engine().unsupported("a fiber of the program's own");
    }
    give_up("fibers are not supported");
}
void __tsan_destroy_fiber(void*) {}
void __tsan_switch_to_fiber(void*, unsigned) {}
void __tsan_set_fiber_name(void*, const char*) {}

}  // extern "C"
