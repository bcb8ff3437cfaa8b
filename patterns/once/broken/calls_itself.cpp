// once.4  A once that needs itself                                     (ON4)
// Breaks:  I3, the function does not call its own once
// Seen in: golang-basics/concurrency, mutexes/once/deadlock
// Expect:  plain=hang asan=hang tsan=hang leak=deadlock@BUG explore=deadlock@BUG
// Reading: The cycle at the end has one link: thread #1, which is main, waits for the mutex of the
//          once, and holds it. It got it in the first call, which is not over: load, then
//          complain, which asks for the settings, which load. Such a circle is seldom in one file.

#include <cstdio>
#include <string>

#include "patterns/once/once.hpp"

using namespace braid;

class settings {
public:
    const std::string& language() {
        loaded_.call([this] { load(); });  // BUG
        return language_;
    }

private:
    void load() {
        language_ = "";  // as if the file had no such line
        if (language_.empty()) complain();
        language_ = "en";
    }

    void complain() {
        std::puts(language() == "de" ? "Sprache fehlt" : "no language given");  // in the language
    }

    once loaded_;
    std::string language_;
};

int main() {
    settings s;
    std::puts(s.language().c_str());
}
