#include <benchmark/benchmark.h>

#include "common/task.hpp"

// The benchmarks run in a task, as Go's do in a goroutine. Main would be one that sleeps as a
// thread does, and what it waits for, and wakes, would cost what threads cost.
int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::AddCustomContext("CPU",
                                "that of one worker: where tasks wait for each other, read Time");
    braid::go({.name = "main", .stack_size = 1024 * 1024}, [] {
        benchmark::RunSpecifiedBenchmarks();
    }).join();
}
