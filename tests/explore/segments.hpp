#pragma once

#include <link.h>

#include <cstdint>

namespace explore {

// A piece of what is loaded: of the program itself, or of a library.
struct segment {
    const ElfW(Phdr) & header;
    std::uintptr_t base;  // of the object: what its addresses are relative to
    std::uintptr_t begin;
    std::uintptr_t end;
    bool programs;
    const char* name;  // the path of the file
};

// Calls f(segment) for each one, the program's first.
template <class F>
void for_each_segment(F f) {
    struct state {
        F& call;
        bool programs;
    } all{f, true};
    dl_iterate_phdr(
        [](dl_phdr_info* object, std::size_t, void* to) {
            auto& [call, programs] = *static_cast<state*>(to);
            for (int i = 0; i != object->dlpi_phnum; ++i) {
                const auto& header = object->dlpi_phdr[i];
                const std::uintptr_t begin = object->dlpi_addr + header.p_vaddr;
                call(segment{header, object->dlpi_addr, begin, begin + header.p_memsz, programs,
                             object->dlpi_name});
            }
            programs = false;
            return 0;
        },
        &all);
}

}  // namespace explore
