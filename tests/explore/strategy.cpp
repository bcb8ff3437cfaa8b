#include "tests/explore/strategy.hpp"

#include <charconv>

#include "tests/explore/random.hpp"

namespace explore {
namespace {

class chance : public strategy {
public:
    explicit chance(std::uint64_t seed) : random_(seed) {}
    bool next() override { return true; }
    int choose(const question& asked) override {
        return static_cast<int>(random_.below(static_cast<std::uint32_t>(asked.count)));
    }

private:
    random_numbers random_;
};

// The path of answers to the schedule at hand; the next one differs in its last answer that can
// still be raised.
class search_all : public strategy {
public:
    explicit search_all(int preemptions) : bound_(preemptions) {}

    bool next() override {
        if (diverged_) return false;
        if (!begun_) {
            begun_ = true;
        } else {
            while (!path_.empty() && path_.back().answer + 1 >= path_.back().count)
                path_.pop_back();
            if (path_.empty()) {
                complete_ = true;
                return false;
            }
            ++path_.back().answer;
        }
        at_ = 0;
        spent_ = 0;
        prefix_ = path_.size();
        return true;
    }

    int choose(const question& asked) override {
        const int count = asked.costs && spent_ >= bound_ ? 1 : asked.count;
        if (at_ == path_.size()) path_.push_back({0, count});
        step& here = path_[at_++];
        if (here.count != count) {
            diverged_ = true;
            here = {0, count};
        }
        if (asked.costs && here.answer != 0) ++spent_;
        return here.answer;
    }

    bool complete() const override { return complete_; }
    bool diverged() const override { return diverged_ || at_ < prefix_; }

private:
    struct step {
        int answer;
        int count;
    };

    int bound_;
    int spent_ = 0;
    std::vector<step> path_;
    std::size_t at_ = 0;
    std::size_t prefix_ = 0;  // answers that are those of the schedule before, or the one raised
    bool begun_ = false;
    bool complete_ = false;
    bool diverged_ = false;
};

class once_only : public strategy {
public:
    bool next() override {
        const bool first = !begun_;
        begun_ = true;
        return first;
    }

private:
    bool begun_ = false;
};

class exact : public once_only {
public:
    explicit exact(std::vector<std::uint8_t> answers) : answers_(std::move(answers)) {}
    int choose(const question& asked) override {
        const int answer = at_ < answers_.size() ? answers_[at_++] : 0;
        if (answer < asked.count) return answer;
        diverged_ = true;
        return 0;
    }
    bool diverged() const override { return diverged_; }

private:
    std::vector<std::uint8_t> answers_;
    std::size_t at_ = 0;
    bool diverged_ = false;
};

class guided : public once_only {
public:
    guided(std::vector<stretch> stretches, std::vector<deviation> deviations)
        : stretches_(std::move(stretches)), deviations_(std::move(deviations)) {}
    int choose(const question& asked) override {
        if (asked.threads == nullptr) {
            for (const deviation& d : deviations_)
                if (d.thread == asked.asks && d.point == asked.points[d.thread] &&
                    d.answer < asked.count)
                    return d.answer;
            return 0;
        }
        while (at_ < stretches_.size() &&
               asked.points[stretches_[at_].thread] >= stretches_[at_].until)
            ++at_;
        if (at_ == stretches_.size()) return 0;
        for (int i = 0; i != asked.count; ++i)
            if (asked.threads[i] == stretches_[at_].thread) return i;
        return 0;
    }

private:
    std::vector<stretch> stretches_;
    std::vector<deviation> deviations_;
    std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<strategy> by_chance(std::uint64_t seed) { return std::make_unique<chance>(seed); }
std::unique_ptr<strategy> depth_first(int preemptions) {
    return std::make_unique<search_all>(preemptions);
}
std::unique_ptr<strategy> replay(std::vector<std::uint8_t> answers) {
    return std::make_unique<exact>(std::move(answers));
}
std::unique_ptr<strategy> follow(std::vector<stretch> stretches,
                                 std::vector<deviation> deviations) {
    return std::make_unique<guided>(std::move(stretches), std::move(deviations));
}

std::string to_text(const std::vector<std::uint8_t>& answers) {
    std::string text;
    for (std::size_t i = 0; i != answers.size();) {
        std::size_t end = i;
        while (end != answers.size() && answers[end] == answers[i]) ++end;
        if (!text.empty()) text += '.';
        text += std::to_string(answers[i]);
        if (end - i > 1) text += 'x' + std::to_string(end - i);
        i = end;
    }
    return text;
}

std::vector<std::uint8_t> from_text(const std::string& text) {
    std::vector<std::uint8_t> answers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        unsigned answer = 0;
        std::size_t times = 1;
        at = std::from_chars(at, end, answer).ptr;
        if (at != end && *at == 'x') at = std::from_chars(at + 1, end, times).ptr;
        answers.insert(answers.end(), times, static_cast<std::uint8_t>(answer));
        if (at == end || *at != '.') break;
        ++at;
    }
    return answers;
}

}  // namespace explore
