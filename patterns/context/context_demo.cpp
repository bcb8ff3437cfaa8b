// Asks three replicas the same question: how many lines of the input contain a word, and which is
// the first? They search the same files, each in its own way and order. The first answer wins, and
// the others stop.
//
//     build/release/demo/context [--word=include] [--within=60000] [directory]
//
// --within is the time for an answer, in milliseconds.
#include <numeric>
#include <optional>
#include <random>

#include "common/demo.hpp"
#include "patterns/context/after_func.hpp"

using namespace braid;
using demo::fs::path;

namespace {

// The lines of one file that contain the word: how many, and the number of the first.
struct in_file {
    std::size_t lines = 0;
    std::size_t first = 0;
};

// --- three ways to search a file; each looks at ctx before the next line that it goes to ---

in_file by_lines(const context& ctx, const path& file, const std::string& word) {
    in_file found;
    std::ifstream text(file, std::ios::binary);
    std::string line;
    for (std::size_t number = 1; !ctx.err() && std::getline(text, line); ++number)
        if (line.find(word) != std::string::npos && found.lines++ == 0) found.first = number;
    return found;
}

// `next(from)` is where the word is next, at `from` or behind it.
template <class Next>
in_file by_matches(const context& ctx, const std::string& text, Next next) {
    in_file found;
    std::size_t at = next(0);
    while (!ctx.err() && at != std::string::npos) {
        if (found.lines++ == 0) {
            const auto match = text.begin() + static_cast<std::ptrdiff_t>(at);
            found.first = 1 + static_cast<std::size_t>(std::count(text.begin(), match, '\n'));
        }
        at = text.find('\n', at);  // one match a line
        if (at != std::string::npos) at = next(at);
    }
    return found;
}

in_file by_find(const context& ctx, const path& file, const std::string& word) {
    const std::string text = demo::read_file(file);
    return by_matches(ctx, text, [&](std::size_t from) { return text.find(word, from); });
}

in_file by_horspool(const context& ctx, const path& file, const std::string& word) {
    const std::string text = demo::read_file(file);
    const std::boyer_moore_horspool_searcher searcher(word.begin(), word.end());
    return by_matches(ctx, text, [&](std::size_t from) {
        const auto start = text.begin() + static_cast<std::ptrdiff_t>(from);
        const auto at = std::search(start, text.end(), searcher);
        return at != text.end() ? static_cast<std::size_t>(at - text.begin()) : std::string::npos;
    });
}

// --- the replicas ---

struct replica {
    const char* name;
    in_file (*look)(const context&, const path&, const std::string&);
    std::vector<std::size_t> order;  // in which it goes through the files
    std::size_t looked_at = 0;
};

struct answer {
    std::size_t lines = 0;
    std::size_t file = 0;  // the first one that contains the word, and its first such line
    std::size_t line = 0;

    void add(std::size_t index, const in_file& found) {
        if (found.lines == 0) return;
        if (lines == 0 || index < file) {
            file = index;
            line = found.first;
        }
        lines += found.lines;
    }
    friend bool operator==(const answer&, const answer&) = default;
};

// Nothing if ctx is done first.
// snippet: search
std::optional<answer> search(const context& ctx, const demo::input& in, const std::string& word,
                             replica& r) {
    answer total;
    for (const std::size_t index : r.order) {
        const in_file found = r.look(ctx, in.files[index], word);
        if (ctx.err()) return std::nullopt;  // so `found` may be half of the truth
        total.add(index, found);
        ++r.looked_at;
    }
    return total;
}
// snippet end

std::vector<replica> three_replicas(const demo::input& in) {
    std::vector<std::size_t> forward(in.files.size());
    std::iota(forward.begin(), forward.end(), std::size_t{0});
    const std::vector<std::size_t> backward(forward.rbegin(), forward.rend());
    std::vector<std::size_t> shuffled = forward;
    std::ranges::shuffle(shuffled, std::mt19937(1));
    return {{"line by line, forwards", by_lines, forward},
            {"find, backwards", by_find, backward},
            {"Horspool's search, shuffled", by_horspool, shuffled}};
}

std::string text_of(const answer& a, const demo::input& in) {
    if (a.lines == 0) return "it is nowhere";
    return std::to_string(a.lines) + " lines, the first is " + in.files[a.file].string() + ":" +
           std::to_string(a.line);
}

std::string text_of(const replica& r, const demo::input& in) {
    return std::string(r.name) + ": " + std::to_string(r.looked_at) + " of " +
           std::to_string(in.files.size()) + " files";
}

int run(const demo::input& in, const std::string& word, std::chrono::milliseconds within) {
    demo::warm_up(in);

    replica one_thread = three_replicas(in)[1];
    const demo::stopwatch alone;
    const answer expected = *search(background(), in, word, one_thread);
    const double milliseconds_alone = alone.milliseconds();

    struct reply {
        const replica* by;
        answer found;
    };
    std::vector<replica> replicas = three_replicas(in);
    const demo::stopwatch together;
    // snippet: first
    auto ctx = with_timeout(background(), within);
    const auto replies = make_channel<reply>();
    std::vector<task> tasks;
    tasks.reserve(replicas.size());
    for (replica& r : replicas)
        tasks.push_back(go({.name = r.name}, ctx, [&](const context& mine) {
            const auto found = search(mine, in, word, r);
            if (!found || !replies.send(mine, reply{&r, *found})) return;  // another was faster
        }));

    const received<reply> first = replies.receive(ctx);
    const double milliseconds = together.milliseconds();
    ctx.cancel();                    // to all who are still at it
    for (task& t : tasks) t.join();  // who are done soon after
    // snippet end
    const double milliseconds_to_stop = together.milliseconds() - milliseconds;

    demo::headline("search", in);
    demo::line("word", '"' + word + "\", within " + std::to_string(within.count()) + " ms");
    if (first) {
        demo::line("answer", text_of(first->found, in));
        demo::line("winner", text_of(*first->by, in));
    } else {
        demo::line("no answer", ctx.err().message());
    }
    for (const replica& r : replicas)
        if (!first || &r != first->by) demo::line("stopped", text_of(r, in));
    char text[64];
    std::snprintf(text, sizeof text, "all tasks %.2f ms after the end", milliseconds_to_stop);
    demo::line("ended", text);
    return demo::verdict(first && first->found == expected, milliseconds, milliseconds_alone);
}

// The value of an option such as "--word=include".
std::string option(int argc, char** argv, const std::string& name, const std::string& otherwise) {
    const auto given = std::find_if(argv + 1, argv + argc, [&](const char* a) {
        return std::string_view(a).starts_with(name + "=");
    });
    return given == argv + argc ? otherwise : std::string(*given).substr(name.size() + 1);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string word = option(argc, argv, "--word", "include");
    if (word.empty() || word.find('\n') != std::string::npos)
        demo::fail("--word: give a word, without a line break in it");
    const std::string within = option(argc, argv, "--within", "60000");
    if (within.empty() || within.size() > 9 ||
        within.find_first_not_of("0123456789") != std::string::npos)
        demo::fail("--within=" + within + ": give a number of milliseconds");
    return demo::run_on_input(argc, argv, [&](const demo::input& in) {
        return run(in, word, std::chrono::milliseconds(std::stoi(within)));
    });
}
