#!/bin/bash
# Every relative link in a Markdown file leads to something that exists.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Prints `file:line target` for every link outside code, where [](x) may be C++.
links='
    FNR == 1 { code = 0 }
    /^ *(```|~~~)/ { code = !code; next }
    code { next }
    {
        gsub(/`[^`]*`/, "")
        rest = $0
        while (match(rest, /\]\([^)]*\)/)) {
            print FILENAME ":" FNR, substr(rest, RSTART + 2, RLENGTH - 3)
            rest = substr(rest, RSTART + RLENGTH)
        }
        if (match($0, /^\[[^]]*\]: */)) print FILENAME ":" FNR, substr($0, RLENGTH + 1)
    }'

find . \( -name build -o -name '.?*' \) -prune -o -name '*.md' -exec awk "$links" {} + | {
    failed=0
    while read -r place target _; do
        target=${target%%#*}
        case $target in
            '' | *://* | mailto:*) continue ;;
        esac
        if [[ ! -e $(dirname "${place%:*}")/$target ]]; then
            echo "${place#./}: link to $target, which does not exist" >&2
            failed=1
        fi
    done
    exit $failed
}
