// Numbers by chance. They are the same in each execution: a replay must depend on nothing but the
// decisions.
#include <sys/random.h>

#include <cstdlib>
#include <random>

#include "tests/explore/engine.hpp"
#include "tests/explore/interpose.hpp"

namespace {

using namespace explore;

template <class Function>
Function* the_real(const char* name) {
    return reinterpret_cast<Function*>(find_real(name));
}

std::uint32_t next_number() {
    entered here;
    return the_engine().numbers().next();
}

long next_positive() { return next_number() >> 1; }

void begin_again(unsigned seed) {
    entered here;
    the_engine().numbers() = random_numbers(seed);
}

void fill(void* buffer, std::size_t size) {
    auto* const bytes = static_cast<unsigned char*>(buffer);
    for (std::size_t i = 0; i != size; ++i) bytes[i] = static_cast<unsigned char>(next_number());
}

}  // namespace

std::random_device::result_type std::random_device::_M_getval() {
    if (in_program) return next_number();
    using member = result_type(random_device*);
    return the_real<member>("_ZNSt13random_device9_M_getvalEv")(this);
}

extern "C" {

int rand() noexcept {
    return in_program ? static_cast<int>(next_positive()) : the_real<int()>("rand")();
}
long random() noexcept { return in_program ? next_positive() : the_real<long()>("random")(); }
void srand(unsigned seed) noexcept {
    in_program ? begin_again(seed) : the_real<void(unsigned)>("srand")(seed);
}
void srandom(unsigned seed) noexcept { srand(seed); }

std::uint32_t arc4random() noexcept {
    return in_program ? next_number() : the_real<std::uint32_t()>("arc4random")();
}
int getentropy(void* buffer, std::size_t size) {
    if (!in_program) return the_real<int(void*, std::size_t)>("getentropy")(buffer, size);
    fill(buffer, size);
    return 0;
}
ssize_t getrandom(void* buffer, std::size_t size, unsigned flags) {
    if (!in_program)
        return the_real<ssize_t(void*, std::size_t, unsigned)>("getrandom")(buffer, size, flags);
    fill(buffer, size);
    return static_cast<ssize_t>(size);
}

}  // extern "C"
