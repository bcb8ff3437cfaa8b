// Compresses every file under a directory, in memory, on a pool of workers, and unpacks each again
// to see that it is the same.
//
// Ctrl-C ends it gracefully: no new file is taken, those that the pool has accepted are finished.
// Ctrl-C again ends it at once. Either way it reports how far it came, and its status is 130, as of
// a program that SIGINT ended: whoever started it must not take the result for complete.
#include <pthread.h>
#include <signal.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/demo.hpp"
#include "patterns/worker_pool/worker_pool.hpp"

using namespace braid;

namespace {

// --- The work: one file --------------------------------------------------------------------------

struct packed {
    std::size_t file = 0;  // its place in the input
    std::uintmax_t before = 0;
    std::uintmax_t after = 0;
    std::uint32_t checksum = 0;  // of what it was compressed to

    friend bool operator==(const packed&, const packed&) = default;
};

constexpr std::size_t piece = 64 * 1024;

Bytef* bytes_of(std::string& text) { return reinterpret_cast<Bytef*>(text.data()); }

void check(int status) {
    if (status < 0) throw std::runtime_error("zlib: error " + std::to_string(status));
}

struct deflating : z_stream {
    deflating() : z_stream{} { check(deflateInit(this, Z_DEFAULT_COMPRESSION)); }
    ~deflating() { deflateEnd(this); }
    int step(bool last) { return deflate(this, last ? Z_FINISH : Z_NO_FLUSH); }
};
struct inflating : z_stream {
    inflating() : z_stream{} { check(inflateInit(this)); }
    ~inflating() { inflateEnd(this); }
    int step(bool) { return inflate(this, Z_NO_FLUSH); }
};

// Passes `text` through zlib, piece by piece. Empty if `ctx` is done before the end: a job looks at
// its context, or stopping the pool would take as long as its longest job.
template <class Stream>
std::optional<std::string> pass(const context& ctx, std::string& text) {
    Stream stream;
    std::string out;
    std::size_t given = 0;
    for (int status = Z_OK; status != Z_STREAM_END;) {
        if (ctx.err()) return std::nullopt;
        if (stream.avail_in == 0) {
            const std::size_t next = std::min(piece, text.size() - given);
            stream.next_in = bytes_of(text) + given;
            stream.avail_in = static_cast<uInt>(next);
            given += next;
        }
        const std::size_t had = out.size();
        out.resize(had + piece);
        stream.next_out = bytes_of(out) + had;
        stream.avail_out = static_cast<uInt>(piece);
        status = stream.step(given == text.size());
        check(status);
        out.resize(had + piece - stream.avail_out);
    }
    return out;
}

// Compresses a file and verifies that. What it returns when `ctx` is done goes nowhere.
packed pack(const context& ctx, const demo::input& in, std::size_t file) {
    std::string text = demo::read_file(in.files[file]);
    auto smaller = pass<deflating>(ctx, text);
    if (!smaller) return {};
    const auto again = pass<inflating>(ctx, *smaller);
    if (!again) return {};
    if (*again != text)
        throw std::runtime_error("decompressing does not give back " + in.files[file].string());
    const auto checksum = crc32(0, bytes_of(*smaller), static_cast<uInt>(smaller->size()));
    return {file, text.size(), smaller->size(), static_cast<std::uint32_t>(checksum)};
}

// --- Ctrl-C --------------------------------------------------------------------------------------

// While it lives, calls `first` at the first SIGINT and `again` at the next, in a thread of its
// own.
//
// Not in a signal handler: that runs in the middle of whatever its thread is doing, be it inside a
// channel with the channel's lock held, and what it calls may want that lock. So a handler must
// call nothing of Braid, nor malloc. Here the signal is blocked, and this thread waits for it as
// for anything else; a plain thread, because sigwait puts the whole thread to sleep. Made before
// other threads are started: they inherit what is blocked.
class interrupts {
public:
    interrupts(std::function<void()> first, std::function<void()> again) {
        pthread_sigmask(SIG_BLOCK, &awaited_, nullptr);
        thread_ = std::thread([first = std::move(first), again = std::move(again)] {
            int signal = 0;
            for (int count = 0; sigwait(&awaited_, &signal) == 0 && signal == SIGINT;)
                ++count == 1 ? first() : again();
        });
    }
    interrupts(const interrupts&) = delete;
    interrupts& operator=(const interrupts&) = delete;
    ~interrupts() {
        pthread_kill(thread_.native_handle(), SIGUSR1);
        thread_.join();
        pthread_sigmask(SIG_UNBLOCK, &awaited_, nullptr);
    }

private:
    static const sigset_t awaited_;
    std::thread thread_;
};

const sigset_t interrupts::awaited_ = [] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);  // asks the thread to end
    return set;
}();

constexpr int status_interrupted = 128 + SIGINT;

// A line that is to be seen now, also through a pipe.
void say(const char* label, const std::string& text) {
    demo::line(label, text);
    std::fflush(stdout);
}

// --- The pool ------------------------------------------------------------------------------------

struct outcome {
    std::vector<packed> done;
    std::size_t accepted = 0;
    std::size_t dropped = 0;
    bool interrupted = false;
};

// snippet: pack_all
outcome pack_all(const demo::input& in) {
    outcome all;
    auto taking = with_cancel(background());   // done: take no more files
    auto working = with_cancel(background());  // done: and stop work on those that were taken
    const interrupts on_ctrl_c(
        [&] {
            say("Ctrl-C", "finishing the files that were begun; again to stop at once");
            taking.cancel();
        },
        [&] { working.cancel(); });
    worker_pool<std::size_t, packed> pool(
        working, {.workers = demo::workers(), .queue = demo::workers(), .name = "packer"},
        [&](const context& ctx, std::size_t file) { return pack(ctx, in, file); });

    task feeder = go({.name = "feeder"}, [&] {
        while (all.accepted < in.files.size() && pool.submit(taking, all.accepted)) ++all.accepted;
        pool.close();
    });
    for (const packed& p : pool.results()) {
        if (all.done.empty()) say("packing", "Ctrl-C finishes what was begun, and ends");
        all.done.push_back(p);
    }
    feeder.join();
    all.dropped = pool.drain();
    all.interrupted = taking.err() != std::error_code{};
    return all;
}
// snippet end

int run(const demo::input& in) {
    demo::headline("worker_pool", in);
    say("pool", std::to_string(demo::workers()) + " workers, a queue of " +
                    std::to_string(demo::workers()));

    const demo::stopwatch together;  // first, so that reading from a cold disk counts against it
    outcome all = pack_all(in);
    const double milliseconds = together.milliseconds();
    std::ranges::sort(all.done, {}, &packed::file);
    std::uintmax_t before = 0;
    std::uintmax_t after = 0;
    for (const packed& p : all.done) {
        before += p.before;
        after += p.after;
    }
    demo::line("packed", std::to_string(all.done.size()) + " files, " + demo::size_of(before) +
                             " to " + demo::size_of(after) + ", each verified by unpacking it");
    if (all.interrupted) {
        demo::line("interrupt", std::to_string(all.done.size()) + " of " +
                                    std::to_string(in.files.size()) + " files done, " +
                                    std::to_string(all.accepted - all.done.size() - all.dropped) +
                                    " cut short, " + std::to_string(all.dropped) + " dropped, " +
                                    std::to_string(in.files.size() - all.accepted) +
                                    " not started");
        return status_interrupted;
    }

    const demo::stopwatch alone;
    std::vector<packed> expected;
    expected.reserve(in.files.size());
    for (std::size_t file = 0; file < in.files.size(); ++file)
        expected.push_back(pack(background(), in, file));
    return demo::verdict(all.done == expected, milliseconds, alone.milliseconds());
}

}  // namespace

int main(int argc, char** argv) { return demo::run_on_input(argc, argv, run); }
