// Parses all files under a directory as UTF-8. An error group stops at the first that is broken.
//
// Real directories may hold broken files or none, so one broken document is added in memory: there
// is always something to stop at. The input itself is only read.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/demo.hpp"
#include "patterns/error_group/error_group.hpp"

using namespace braid;

namespace {

struct document {
    std::string name;
    std::string generated = {};  // its text, if it is no file
};

struct parse_error : std::runtime_error {
    parse_error(const std::string& name, std::size_t byte)
        : std::runtime_error(name + ": byte " + std::to_string(byte) + " is no UTF-8"),
          document(name) {}
    std::string document;
};

// How many bytes the character at the begin of `text` has; 0 if it is malformed (RFC 3629: no
// overlong form, no surrogate, nothing above U+10FFFF).
std::size_t length_of_first(std::string_view text) {
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const auto within = [](unsigned b, unsigned low, unsigned high) {
        return low <= b && b <= high;
    };
    const auto follows = [&](std::size_t i) { return within(byte(i), 0x80, 0xBF); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (within(lead, 0xC2, 0xDF)) return follows(1) ? 2 : 0;
    if (within(lead, 0xE0, 0xEF)) {
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
        return within(byte(1), low, high) && follows(2) ? 3 : 0;
    }
    if (within(lead, 0xF0, 0xF4)) {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
        return within(byte(1), low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

// The number of characters. Throws parse_error.
std::uint64_t parse(const document& d) {
    const std::string text = d.generated.empty() ? demo::read_file(d.name) : d.generated;
    std::uint64_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++characters) {
        const std::size_t length = length_of_first(std::string_view(text).substr(at));
        if (length == 0) throw parse_error(d.name, at);
        at += length;
    }
    return characters;
}

constexpr std::size_t batch = 32;  // documents a task: starting one costs more than a small file

// snippet: parse_all
// The characters of all documents. Throws the first parse_error, by time; then no task is left.
std::uint64_t parse_all(const std::vector<document>& documents, std::atomic<std::size_t>& parsed) {
    std::vector<std::uint64_t> characters(documents.size());  // before the group whose tasks use it
    error_group group(background());
    group.set_limit(static_cast<std::ptrdiff_t>(demo::workers()));
    for (std::size_t first = 0; first < documents.size() && !group.ctx().err(); first += batch)
        group.go({.name = "parser"}, [&, first](const context& ctx) {
            const std::size_t last = std::min(first + batch, documents.size());
            for (std::size_t i = first; i < last && !ctx.err(); ++i, ++parsed)
                characters[i] = parse(documents[i]);
        });
    group.wait();
    return std::accumulate(characters.begin(), characters.end(), std::uint64_t{0});
}
// snippet end

// The plain sequential program, which does not stop: what is broken, and the rest.
struct sequential {
    std::map<std::string, std::string> broken;  // document to error
    std::vector<document> good;
    std::uint64_t characters = 0;
};

sequential parse_one_by_one(const std::vector<document>& documents) {
    sequential found;
    for (const document& d : documents) {
        try {
            found.characters += parse(d);
            found.good.push_back(d);
        } catch (const parse_error& e) {
            found.broken.emplace(e.document, e.what());
        }
    }
    return found;
}

int run(const demo::input& in) {
    std::vector<document> documents;
    for (const auto& file : in.files) documents.push_back({.name = file.string()});
    const auto middle = static_cast<std::ptrdiff_t>(documents.size() / 2);
    documents.insert(documents.begin() + middle,
                     {.name = "(the added document)", .generated = "caf\xC3\xA9, caf\xE9\n"});
    const sequential found = parse_one_by_one(documents);

    demo::headline("error_group", in);
    demo::line("tasks", std::to_string(demo::workers()) + " at a time, each up to " +
                            std::to_string(batch) + " files");
    demo::line("broken", std::to_string(found.broken.size() - 1) +
                             " of the files, and 1 document that was added in memory");

    // With the broken ones: the group stops, and what it reports is one of them. Which one, that is
    // a matter of time, not of order.
    bool same = false;
    std::atomic<std::size_t> parsed{0};
    try {
        parse_all(documents, parsed);
    } catch (const parse_error& e) {
        const auto known = found.broken.find(e.document);
        same = known != found.broken.end() && known->second == e.what();
        demo::line("stopped", "after " + std::to_string(parsed) + " of " +
                                  std::to_string(documents.size()) + ", by " + e.what());
    }

    // Without them: all are parsed.
    const demo::stopwatch alone;
    const sequential again = parse_one_by_one(found.good);
    const double milliseconds_alone = alone.milliseconds();
    const demo::stopwatch together;
    const std::uint64_t characters = parse_all(found.good, parsed);
    const double milliseconds = together.milliseconds();
    demo::line("the rest", std::to_string(characters) + " characters in " +
                               std::to_string(found.good.size()) + " files");
    return demo::verdict(same && characters == again.characters, milliseconds, milliseconds_alone);
}

}  // namespace

int main(int argc, char** argv) { return demo::run_on_input(argc, argv, run); }
