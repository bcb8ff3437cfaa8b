#pragma once

// Which sanitizer this build has: g++ and clang tell it in different ways.
#if defined(__SANITIZE_THREAD__)
#define BRAID_TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define BRAID_ASAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BRAID_TSAN 1
#elif __has_feature(address_sanitizer)
#define BRAID_ASAN 1
#endif
#endif
#ifndef BRAID_TSAN
#define BRAID_TSAN 0
#endif
#ifndef BRAID_ASAN
#define BRAID_ASAN 0
#endif
