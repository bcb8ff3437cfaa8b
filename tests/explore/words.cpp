#include "tests/explore/trace.hpp"

namespace explore {

const char* word(action a) {
    switch (a) {
        case action::read:
            return "read";
        case action::write:
            return "write";
        case action::load:
            return "load";
        case action::stale_load:
            return "load (stale)";
        case action::store:
            return "store";
        case action::exchange:
            return "exchange";
        case action::add:
            return "add";
        case action::sub:
            return "subtract";
        case action::bit_and:
            return "and";
        case action::bit_or:
            return "or";
        case action::bit_xor:
            return "xor";
        case action::bit_nand:
            return "nand";
        case action::compare_exchange:
            return "compare-exchange";
        case action::failed_compare:
            return "compare-exchange fails";
        case action::fence:
            return "fence";
        case action::lock:
            return "lock";
        case action::try_lock:
            return "try-lock";
        case action::failed_try_lock:
            return "try-lock fails";
        case action::lock_timeout:
            return "lock times out";
        case action::unlock:
            return "unlock";
        case action::read_lock:
            return "read-lock";
        case action::failed_try_read_lock:
            return "try-read-lock fails";
        case action::read_unlock:
            return "read-unlock";
        case action::condition_wait:
            return "wait";
        case action::condition_wake:
            return "wakes from";
        case action::condition_timeout:
            return "times out on";
        case action::notify_one:
            return "notify one of";
        case action::notify_all:
            return "notify all of";
        case action::futex_wait:
            return "futex-wait";
        case action::futex_no_wait:
            return "futex-wait returns";
        case action::futex_wake:
            return "futex-wake";
        case action::futex_woken:
            return "futex-wait ends";
        case action::futex_timeout:
            return "futex-wait times out";
        case action::create:
            return "start";
        case action::begin:
            return "begin";
        case action::join:
            return "join";
        case action::detach:
            return "detach";
        case action::end:
            return "end";
        case action::yield:
            return "yield";
        case action::sleep:
            return "sleep";
        case action::clock:
            return "clock";
        case action::once:
            return "call once";
        case action::static_init:
            return "initialise static";
        case action::free:
            return "free";
        case action::blocked:
            return "still waits << here";
        case action::finding:
            return "<< here";
    }
    return "?";
}

char letter(action a) {
    switch (a) {
        case action::read:
        case action::write:
            return 'v';
        case action::free:
            return 'b';
        case action::lock:
        case action::try_lock:
        case action::failed_try_lock:
        case action::lock_timeout:
        case action::unlock:
        case action::read_lock:
        case action::failed_try_read_lock:
        case action::read_unlock:
            return 'm';
        case action::condition_wait:
        case action::condition_wake:
        case action::condition_timeout:
        case action::notify_one:
        case action::notify_all:
            return 'c';
        case action::fence:
        case action::create:
        case action::begin:
        case action::join:
        case action::detach:
        case action::end:
        case action::yield:
        case action::sleep:
        case action::clock:
        case action::blocked:
        case action::finding:
            return 0;
        default:
            return 'a';
    }
}

}  // namespace explore
