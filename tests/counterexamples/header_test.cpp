#include "harness_test.hpp"

namespace braid::harness {
namespace {

class harness_header : public harness {
protected:
    std::string message(const std::string& text, const std::string& name = "x.cpp") const {
        try {
            read_counterexample(write(name, text));
        } catch (const user_error& problem) {
            std::string what = problem.what();
            EXPECT_THAT(what, StartsWith((directory_ / name).string() + ": "));
            EXPECT_THAT(what, HasSubstr("; "));  // what to do follows
            EXPECT_THAT(what, Not(HasSubstr("\n")));
            return what;
        }
        return "well-formed";
    }

    const std::string fine = "plain=ok asan=ok tsan=ok leak=ok explore=ok";
};

TEST_F(harness_header, IsReadWhole) {
    const auto c = read_counterexample(sources / "race.cpp");
    EXPECT_EQ(c.id(), "fixture.1");
    EXPECT_EQ(c.title, "Two threads write one int");
    EXPECT_EQ(c.reading, "Both stacks end in this file. The marked line is in one of them.");
    EXPECT_EQ(to_string(c.expect.at(tool::explore)), "data-race@BUG");
    EXPECT_EQ(c.bug_place(), "race.cpp:18");
    EXPECT_EQ(read_counterexample(write("x.cpp", header(fine))).bug_ids, "ON2");
}

TEST_F(harness_header, SaysWhatIsMissing) {
    EXPECT_THAT(message("int main() {}\n"), HasSubstr("has no header comment"));
    EXPECT_THAT(message("// A fake\n"), HasSubstr("holds no `<pattern>.<number>`"));
    EXPECT_THAT(message("// fake.1\n"), HasSubstr("holds no title"));
    EXPECT_THAT(message("// fake.1 A fake\n// Breaks: I1\n"), HasSubstr("has no `Seen in:`"));
    EXPECT_THAT(message(header("plain=ok tsan=ok leak=ok explore=ok")),
                HasSubstr("nothing about asan"));
    EXPECT_THAT(message(header("plain=ok asan=ok tsan=ok leak=ok")),
                HasSubstr("nothing about explore"));
    EXPECT_THAT(message(header("plain=ok asan=ok tsan=ok leak=ok explore=hang@BUG")),
                HasSubstr("no line is marked"));
}

TEST_F(harness_header, SaysWhatIsWrong) {
    EXPECT_THAT(message(header(fine + " valgrind=ok")), HasSubstr("unknown tool `valgrind`"));
    EXPECT_THAT(message(header(fine + " leak=race")), HasSubstr("unknown verdict `race`"));
    EXPECT_THAT(message(header(fine + " explore")), HasSubstr("is not `tool=verdict`"));
    EXPECT_THAT(message(header(fine + " tsan=ok")), HasSubstr("states tsan twice"));
    EXPECT_THAT(message(header("tsan=ok@BUG")), HasSubstr("asks a silent tool"));
    EXPECT_THAT(message(header(fine) + "a;  // BUG\nb;  // BUG\n"), HasSubstr("lines 7 and 8"));
    EXPECT_THAT(message(header(fine) + "// BUG\nb;\n"), HasSubstr("stands alone on line 7"));
    EXPECT_THAT(message("// fake.1 A fake\n// Expects: ok\n"), HasSubstr("line 2 of its header"));
    EXPECT_THAT(message(header(fine), "patterns/once/broken/x.cpp"), HasSubstr("lies in `once`"));
}

}  // namespace
}  // namespace braid::harness
