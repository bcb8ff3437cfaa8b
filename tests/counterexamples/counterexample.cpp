#include "counterexample.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

namespace braid::harness {

namespace {

constexpr std::array<std::string_view, 4> fields{"Breaks", "Seen in", "Expect", "Reading"};

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

class header_parser {
public:
    explicit header_parser(const std::filesystem::path& source) { result_.source = source; }

    counterexample parse() {
        read_lines();
        read_first_line();
        read_fields();
        read_expectations();
        find_bug_line();
        return std::move(result_);
    }

private:
    [[noreturn]] void fail(const std::string& what, const std::string& remedy) const {
        throw user_error(result_.source.string() + ": " + what + "; " + remedy);
    }

    void read_lines() {
        std::ifstream in(result_.source);
        if (!in) fail("cannot be read", "give the path of a broken program");
        for (std::string line; std::getline(in, line);) lines_.push_back(std::move(line));
        while (header_size_ < lines_.size() && lines_[header_size_].starts_with("//")) {
            ++header_size_;
        }
    }

    // `// once.2  Title (ON2)`; the bug number is optional.
    void read_first_line() {
        const std::string remedy = "begin the file with `// <pattern>.<number>  Title  (BUG-ID)`";
        if (header_size_ == 0) fail("has no header comment", remedy);
        std::string text = trimmed(lines_[0].substr(2));
        const auto id_end = std::min(text.find(' '), text.size());
        const std::string id = text.substr(0, id_end);
        const auto dot = id.find('.');
        const std::string number = dot == std::string::npos ? "" : id.substr(dot + 1);
        if (dot == 0 || number.empty() || number.size() > 4 ||
            !std::all_of(number.begin(), number.end(), ::isdigit)) {
            fail("its first line holds no `<pattern>.<number>`", remedy);
        }
        result_.pattern = id.substr(0, dot);
        result_.number = std::stoi(number);
        text = trimmed(text.substr(id_end));
        if (const auto open = text.rfind('('); text.ends_with(')') && open != std::string::npos) {
            const std::string ids = text.substr(open + 1, text.size() - open - 2);
            if (!ids.empty() && std::isupper(static_cast<unsigned char>(ids.front())) &&
                std::isdigit(static_cast<unsigned char>(ids.back()))) {
                result_.bug_ids = ids;
                text = trimmed(text.substr(0, open));
            }
        }
        if (text.empty()) fail("its first line holds no title", remedy);
        result_.title = text;
        const auto directory = std::filesystem::absolute(result_.source).parent_path();
        const auto owner = directory.parent_path().filename().string();
        if (directory.filename() == "broken" && owner != result_.pattern) {
            fail("its first line names the pattern `" + result_.pattern + "`",
                 "it lies in `" + owner + "`, so name that");
        }
    }

    void read_fields() {
        std::string* current = nullptr;
        for (std::size_t i = 1; i < header_size_; ++i) {
            const std::string_view line = std::string_view(lines_[i]).substr(2);
            const std::string text = trimmed(line);
            if (text.empty()) continue;
            if (line.starts_with("  ") && current != nullptr) {
                *current += (current->empty() ? "" : " ") + text;
                continue;
            }
            const auto colon = text.find(':');
            const std::string name = text.substr(0, colon);
            if (colon == std::string::npos ||
                std::find(fields.begin(), fields.end(), name) == fields.end()) {
                fail("line " + std::to_string(i + 1) + " of its header is no field",
                     "write `Breaks:`, `Seen in:`, `Expect:` or `Reading:`, or indent a "
                     "continuation by two spaces or more");
            }
            if (values_.contains(name)) fail("has `" + name + ":` twice", "keep one of them");
            current = &values_[name];
            *current = trimmed(text.substr(colon + 1));
        }
        for (std::string_view name : fields) {
            if (values_[std::string(name)].empty()) {
                fail("its header has no `" + std::string(name) + ":`", "add that line");
            }
        }
        result_.breaks = values_["Breaks"];
        result_.seen_in = values_["Seen in"];
        result_.reading = values_["Reading"];
    }

    void read_expectations() {
        std::istringstream words(values_["Expect"]);
        for (std::string word; words >> word;) read_expectation(word);
        for (tool t : {tool::plain, tool::asan, tool::tsan, tool::leak, tool::explore}) {
            if (!result_.expect.contains(t)) {
                const std::string name(to_string(t));
                fail("`Expect:` says nothing about " + name, "add `" + name + "=<verdict>`");
            }
        }
    }

    void read_expectation(const std::string& word) {
        const auto equals = word.find('=');
        if (equals == std::string::npos) {
            fail("`" + word + "` in `Expect:` is not `tool=verdict`", "write for instance tsan=ok");
        }
        const std::string tool_name = word.substr(0, equals);
        const auto known_tool = find_tool(tool_name);
        if (!known_tool) fail("unknown tool `" + tool_name + "`", "the tools are " + tool_names());
        std::string verdict_name = word.substr(equals + 1);
        claim stated;
        if (verdict_name.ends_with("@BUG")) {
            stated.at_bug = true;
            verdict_name.resize(verdict_name.size() - 4);
        }
        const auto known_verdict = find_verdict(verdict_name);
        if (!known_verdict) {
            fail("unknown verdict `" + verdict_name + "`", "the verdicts are " + verdict_names());
        }
        stated.what = *known_verdict;
        if (stated.at_bug && stated.what == verdict::ok) {
            fail("`" + word + "` asks a silent tool for a line", "write `" + tool_name + "=ok`");
        }
        if (!result_.expect.emplace(*known_tool, stated).second) {
            fail("`Expect:` states " + tool_name + " twice", "keep one of them");
        }
    }

    void find_bug_line() {
        constexpr std::string_view mark = "// BUG";
        for (std::size_t i = header_size_; i < lines_.size(); ++i) {
            const std::string& line = lines_[i];
            const auto at = line.find(mark);
            if (at == std::string::npos) continue;
            const auto after = at + mark.size();
            if (after < line.size() && std::isalnum(static_cast<unsigned char>(line[after])))
                continue;
            const std::string number = std::to_string(i + 1);
            if (trimmed(line.substr(0, at)).empty()) {
                fail("`// BUG` stands alone on line " + number,
                     "put it at the end of the line of code that it marks");
            }
            if (result_.bug_line != 0) {
                fail("`// BUG` marks lines " + std::to_string(result_.bug_line) + " and " + number,
                     "mark exactly one");
            }
            result_.bug_line = static_cast<int>(i + 1);
        }
        const bool demanded = std::any_of(result_.expect.begin(), result_.expect.end(),
                                          [](auto& row) { return row.second.at_bug; });
        if (demanded && result_.bug_line == 0) {
            fail("states @BUG, but no line is marked", "end the faulty line with `// BUG`");
        }
    }

    counterexample result_;
    std::vector<std::string> lines_;
    std::size_t header_size_ = 0;
    std::map<std::string, std::string> values_;
};

}  // namespace

std::string to_string(claim c) { return std::string(to_string(c.what)) + (c.at_bug ? "@BUG" : ""); }

counterexample read_counterexample(const std::filesystem::path& source) {
    return header_parser(source).parse();
}

}  // namespace braid::harness
