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

// A function of which ThreadSanitizer sees nothing, neither its entry nor its end.
#if defined(__clang__)
#define BRAID_NOT_INSTRUMENTED __attribute__((disable_sanitizer_instrumentation))
#else
#define BRAID_NOT_INSTRUMENTED __attribute__((no_sanitize("thread")))
#endif
