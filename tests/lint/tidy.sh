#!/bin/bash
# clang-tidy over all sources, headers through those that include them; only the programs that are
# broken on purpose stay out. Its compile commands come from trees of their own: clang cannot read
# a header that g++ has precompiled. The explorer's are those of its own tree.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p build

# The sources of one tree whose paths match.
tidy() {
    local preset=$1 directory=$2 paths=$3
    cmake --preset "$preset" -B "$directory" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
        >build/lint.log 2>&1 || { cat build/lint.log >&2; return 1; }
    # clang does not know all options of g++, and tests are joined by including them.
    sed -n 's/^ *"file": "\(.*\)".*/\1/p' "$directory/compile_commands.json" | sort -u |
        grep -E "$paths" | grep -Ev '/broken/|/fixtures/' |
        xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p "$directory" \
            --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument \
            --checks=-bugprone-suspicious-include 2>&1 |
        { grep -v 'warnings\? generated\.$' || true; }
}

status=0
tidy release build/lint . || status=1
[[ $(uname -sm) != "Linux x86_64" ]] || tidy explore build/lint-explore '/tests/explore/' || status=1
exit $status
