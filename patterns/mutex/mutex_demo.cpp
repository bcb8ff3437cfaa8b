// A word index of all files under a directory. One task writes it; others read it while it grows,
// and find out how many words each file brought that no file before it had.
#include <algorithm>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>

#include "common/channel.hpp"
#include "common/demo.hpp"
#include "common/task.hpp"
#include "patterns/mutex/rw_mutex.hpp"

using namespace braid;

namespace {

using file_number = std::uint32_t;
using word_list = std::vector<std::string>;
using word_table = std::unordered_map<std::string, std::vector<file_number>>;

// The different words of a text.
word_list words_of(std::string_view text) {
    word_list words;
    demo::for_each_word(text, [&](const std::string& word) { words.push_back(word); });
    std::ranges::sort(words);
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

// --- The index, as one thread would write it -----------------------------------------------------

void add(word_table& table, file_number file, const word_list& words) {
    for (const std::string& word : words) table[word].push_back(file);
}

// The files of a word stand in the order in which they were added, so this is the same however
// many files were added since.
std::size_t new_words(const word_table& table, file_number file, const word_list& words) {
    return static_cast<std::size_t>(std::ranges::count_if(
        words, [&](const std::string& word) { return table.at(word).front() == file; }));
}

// --- The same, for many tasks --------------------------------------------------------------------

// snippet: index
class shared_index {
public:
    void add(file_number file, const word_list& words) {
        std::scoped_lock writing(lock_);
        ::add(table_, file, words);
    }

    std::size_t new_words(file_number file, const word_list& words) const {
        std::shared_lock reading(lock_);
        return ::new_words(table_, file, words);
    }

    word_table take() && { return std::move(table_); }

private:
    mutable rw_mutex lock_;
    word_table table_;
};
// snippet end

struct result {
    word_table table;
    std::vector<std::size_t> new_words;  // of each file
    friend bool operator==(const result&, const result&) = default;
};

result by_one_thread(const demo::input& in) {
    result r{{}, std::vector<std::size_t>(in.files.size())};
    for (file_number file = 0; file < in.files.size(); ++file) {
        const word_list words = words_of(demo::read_file(in.files[file]));
        add(r.table, file, words);
        r.new_words[file] = new_words(r.table, file, words);
    }
    return r;
}

struct question {
    file_number file;
    word_list words;
};

// Closes a channel on every way out of a scope: a receiver that is not told would wait for ever.
class closes {
public:
    explicit closes(sender<question> s) : sender_(std::move(s)) {}
    closes(const closes&) = delete;
    closes& operator=(const closes&) = delete;
    ~closes() { sender_.close(); }

private:
    const sender<question> sender_;
};

result by_tasks(const demo::input& in, int readers) {
    shared_index index;
    std::vector<std::size_t> answers(in.files.size());  // each reader writes to its own places
    const auto questions = make_channel<question>(64);
    std::vector<task> tasks;
    for (int i = 0; i < readers; ++i)
        tasks.push_back(go({.name = "reader"}, [&, from = questions.in()] {
            for (const question& q : from) answers[q.file] = index.new_words(q.file, q.words);
        }));
    tasks.push_back(go({.name = "writer"}, [&, to = questions.out()] {
        const closes at_the_end(to);
        for (file_number file = 0; file < in.files.size(); ++file) {
            word_list words = words_of(demo::read_file(in.files[file]));  // without the lock
            index.add(file, words);
            to.send({file, std::move(words)});
        }
    }));
    for (task& t : tasks) t.join();
    return {std::move(index).take(), std::move(answers)};
}

int run(const demo::input& in) {
    demo::warm_up(in);

    const demo::stopwatch alone;
    const result expected = by_one_thread(in);
    const double milliseconds_alone = alone.milliseconds();

    constexpr int readers = 3;
    const demo::stopwatch together;
    const result found = by_tasks(in, readers);
    const double milliseconds = together.milliseconds();

    const auto most = std::ranges::max_element(found.new_words) - found.new_words.begin();
    const auto at = static_cast<std::size_t>(most);
    demo::headline("word index", in);
    demo::line("tasks", "1 writes the index, " + std::to_string(readers) + " read it meanwhile");
    demo::line("words", std::to_string(found.table.size()) + " different");
    demo::line("most new", std::to_string(found.new_words[at]) + " in " + in.files[at].string());
    return demo::verdict(found == expected, milliseconds, milliseconds_alone);
}

}  // namespace

int main(int argc, char** argv) { return demo::run_on_input(argc, argv, run); }
