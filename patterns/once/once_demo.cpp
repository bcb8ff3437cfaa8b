// In how many files does the name of each file occur? That takes an index of all words, which is
// built when it is first asked: eight tasks ask, and none of them knows whether it is the first.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/demo.hpp"
#include "common/task.hpp"
#include "patterns/once/once_value.hpp"

using namespace braid;

namespace {

// In how many files a word occurs, and the last of them.
struct entry {
    std::uint32_t files = 0;
    std::uint32_t last = 0;
    friend bool operator==(const entry&, const entry&) = default;
};

struct hash : std::hash<std::string_view> {
    using is_transparent = void;
};
using word_index = std::unordered_map<std::string, entry, hash, std::equal_to<>>;

bool in_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void add(word_index& index, std::uint32_t file, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t first = i;
        while (i < text.size() && in_word(text[i])) ++i;
        if (i == first) continue;
        const std::string_view word = text.substr(first, i - first);
        const auto known = index.find(word);
        if (known == index.end())
            index.emplace(word, entry{1, file});
        else if (known->second.last != file)
            known->second = {known->second.files + 1, file};
    }
}

word_index build(const demo::input& in) {
    word_index index;
    for (std::uint32_t file = 0; file < in.files.size(); ++file)
        add(index, file, demo::read_file(in.files[file]));
    return index;
}

std::uint32_t files_that_name(const word_index& index, const demo::fs::path& file) {
    const auto known = index.find(file.stem().string());
    return known != index.end() ? known->second.files : 0;
}

// snippet: library
class library {
public:
    explicit library(const demo::input& in)
        : in_(in), index_([this] {
              ++builds_;
              return build(in_);
          }) {}

    // The index, built by whoever comes first; if that fails, everybody is told.
    const word_index& index() const { return index_(); }

    int builds() const { return builds_; }

private:
    const demo::input& in_;
    std::atomic<int> builds_{0};
    once_value<word_index> index_;
};
// snippet end

using answers = std::vector<std::uint32_t>;  // one for each file

answers by_one_thread(const demo::input& in, const word_index& index) {
    answers all;
    all.reserve(in.files.size());
    for (const auto& file : in.files) all.push_back(files_that_name(index, file));
    return all;
}

// Each task takes every n-th file, and writes to the places of its files only.
answers by_tasks(const demo::input& in, const library& shared, std::size_t n) {
    answers all(in.files.size());
    std::vector<task> tasks;
    tasks.reserve(n);
    for (std::size_t first = 0; first < n; ++first)
        tasks.push_back(go({.name = "reader"}, [&, first] {
            for (std::size_t i = first; i < in.files.size(); i += n)
                all[i] = files_that_name(shared.index(), in.files[i]);
        }));
    for (task& t : tasks) t.join();
    return all;
}

int run(const demo::input& in) {
    demo::warm_up(in);

    const demo::stopwatch alone;
    const word_index expected = build(in);
    const answers expected_answers = by_one_thread(in, expected);
    const double milliseconds_alone = alone.milliseconds();

    constexpr std::size_t tasks = 8;
    const demo::stopwatch together;
    const library shared(in);
    const answers found = by_tasks(in, shared, tasks);
    const double milliseconds = together.milliseconds();

    const auto most = std::ranges::max_element(found) - found.begin();
    const auto at = static_cast<std::size_t>(most);
    demo::headline("lazy index", in);
    demo::line("tasks", std::to_string(tasks) + ", which all ask for the index");
    demo::line("built", std::to_string(shared.builds()) + " time");
    demo::line("words", std::to_string(shared.index().size()) + " different");
    demo::line("most named",
               in.files[at].stem().string() + ", in " + std::to_string(found[at]) + " files");
    const bool same = shared.index() == expected && found == expected_answers;
    return demo::verdict(same && shared.builds() == 1, milliseconds, milliseconds_alone);
}

}  // namespace

int main(int argc, char** argv) { return demo::run_on_input(argc, argv, run); }
