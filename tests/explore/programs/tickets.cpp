// Two sellers, one ticket: each looks whether there is one left, and then sells it.
#include <atomic>
#include <cstdio>
#include <thread>

int main() {
    std::atomic<int> left{1};
    std::atomic<int> sold{0};
    const auto sell = [&] {
        if (left.load() > 0) {
            left.fetch_sub(1);
            sold.fetch_add(1);
        }
    };
    std::thread a(sell);
    std::thread b(sell);
    a.join();
    b.join();
    if (sold.load() == 1) return 0;
    std::printf("sold %d tickets, had 1\n", sold.load());
    return 1;
}
