#!/bin/bash
# Every pattern directory has all of its parts, and its README all of its headings, in their order;
# the front page has a row for it that links each of its broken programs. docs/adding_a_pattern.md
# says what the parts are.
set -euo pipefail
cd "$(dirname "$0")/../.."

headings='## Use when
## The picture
## The pattern
## Invariants
## How it breaks
## The price
## In Go
## Stands on
## Try it'

failed=0
complain() {
    echo "$1" >&2
    failed=1
}

for directory in patterns/*/; do
    directory=${directory%/}
    p=${directory#patterns/}
    for part in README.md "$p.hpp" "${p}_demo.cpp" "${p}_test.cpp" "${p}_bench.cpp" "$p.go"; do
        [[ -s $directory/$part ]] || complain "$directory/$part: is missing"
    done

    found=$(grep '^## ' "$directory/README.md" || true)
    [[ $found == "$headings" ]] || {
        complain "$directory/README.md: its headings differ from those of all patterns:"
        diff <(echo "$headings") <(echo "$found") >&2 || true
    }
    for verb in 'demo' '\(race\|leak\)'; do
        grep -q "make $verb PATTERN=$p" "$directory/README.md" ||
            complain "$directory/README.md: \"Try it\" does not say make $verb PATTERN=$p"
    done

    grep -q "^| \[$p\](patterns/$p) " README.md || complain "README.md: its table has no row for $p"
    broken=0
    for program in "$directory"/broken/*.cpp; do
        broken=$((broken + 1))
        grep -qF "($program)" README.md || complain "README.md: does not link $program"
    done
    (( broken >= 3 )) || complain "$directory/broken: $broken programs, at least 3 are asked for"
done
exit $failed
