#!/bin/bash
# Code in Markdown files is taken from files that are compiled. In a document
#
#     <!-- code: patterns/once/once.hpp#once -->
#     ```cpp
#     ```
#
# names the lines of that file between `// snippet: once` and `// snippet end`; without `#once`, the
# whole file. --check (the default) fails where a block differs, --write rewrites it.
set -euo pipefail
cd "$(dirname "$0")/../.."

mode=${1---check}
new=$(mktemp)
trap 'rm -f "$new"' EXIT

refresh() {
    local file=$1 line
    awk -f tests/lint/snippets.awk "$file" >"$new" || return 1
    if cmp -s "$file" "$new"; then
        return 0
    elif [[ $mode == --write ]]; then
        cat "$new" >"$file"
        echo "$file: rewritten"
    else
        diff -u --label "$file" --label "$file, from its sources" "$file" "$new" >&2
        line=$(diff "$file" "$new" | sed -n '1s/[^0-9].*//p')
        echo "$file:$line: differs from its source; make snippets rewrites it" >&2
        return 1
    fi
}

find . \( -name build -o -name '.?*' \) -prune -o -name '*.md' -printf '%P\n' | {
    failed=0
    while IFS= read -r file; do
        refresh "$file" || failed=1
    done
    exit $failed
}
