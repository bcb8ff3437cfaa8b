#include "tests/explore/braid/scenarios.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <sstream>
#include <stdexcept>

namespace explore {

namespace {

step parse_step(std::string_view word, std::span<const std::string_view> names) {
    if (word == "settle") return {settle, 0};
    const bool has_argument = word.back() >= '0' && word.back() <= '9';
    const std::string_view name = word.substr(0, word.size() - (has_argument ? 1 : 0));
    const auto at = std::ranges::find(names, name);
    if (at == names.end()) throw std::invalid_argument("no such step: " + std::string(word));
    return {static_cast<int>(at - names.begin()), has_argument ? word.back() - '0' : 0};
}

// All texts of one task with so many steps.
std::vector<std::string> sequences(const std::vector<std::string>& steps, int length) {
    std::vector<std::string> all{""};
    for (int i = 0; i != length; ++i) {
        std::vector<std::string> longer;
        for (std::string begin : all) {
            if (i != 0) begin += ' ';
            for (const std::string& s : steps) longer.push_back(begin + s);
        }
        all = std::move(longer);
    }
    return all;
}

}  // namespace

scenario parse(std::string_view text, std::span<const std::string_view> names) {
    scenario tasks(1);
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;)
        if (word == "|")
            tasks.emplace_back();
        else
            tasks.back().push_back(parse_step(word, names));
    return tasks;
}

std::vector<std::string> all_of(const std::vector<std::string>& steps,
                                const std::vector<int>& lengths) {
    std::set<std::vector<std::string>> all{{}};
    for (const int length : lengths) {
        std::set<std::vector<std::string>> wider;
        for (const auto& tasks : all)
            for (const std::string& one : sequences(steps, length)) {
                auto with_one = tasks;
                with_one.insert(std::ranges::upper_bound(with_one, one), one);
                wider.insert(std::move(with_one));
            }
        all = std::move(wider);
    }
    std::vector<std::string> texts;
    for (const auto& tasks : all) {
        std::string text;
        for (const std::string& one : tasks) text += (text.empty() ? "" : " | ") + one;
        texts.push_back(text);
    }
    return texts;
}

bool search_of::more() { return std::getenv("BRAID_SEARCH_MORE") != nullptr; }

void search_of::note(const std::string& text, const result& r) {
    ++scenarios_;
    schedules_ += r.executions;
    complete_ = complete_ && r.complete;
    EXPECT_TRUE(r.complete) << name_ << ": " << text << '\n' << r.report;
    if (std::getenv("BRAID_SEARCH_LIST") != nullptr)
        std::printf("    %-60s %8lu %6.2f s\n", text.c_str(),
                    static_cast<unsigned long>(r.executions), r.seconds);
}

search_of::~search_of() {
    std::printf("%.*s: %zu scenarios, %lu schedules, search %scomplete, at most 2 preemptions\n",
                static_cast<int>(name_.size()), name_.data(), scenarios_,
                static_cast<unsigned long>(schedules_), complete_ ? "" : "not ");
}

}  // namespace explore
