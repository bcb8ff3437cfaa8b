#!/bin/bash
# clang-tidy over all sources, headers through those that include them; only the programs that are
# broken on purpose stay out. Its compile commands come from a tree of their own: clang cannot read
# a header that g++ has precompiled.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p build
cmake --preset release -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >build/lint.log 2>&1 ||
    { cat build/lint.log >&2; exit 1; }

# clang does not know all options of g++, and tests are joined by including them.
tidy=(clang-tidy --quiet -p build/lint --extra-arg=-Wno-unknown-warning-option
      --extra-arg=-Wno-unused-command-line-argument --checks=-bugprone-suspicious-include)

sed -n 's/^ *"file": "\(.*\)".*/\1/p' build/lint/compile_commands.json | sort -u |
    grep -Ev '/broken/|/fixtures/' |
    xargs -P "$(nproc)" -n 1 "${tidy[@]}" 2>&1 |
    { grep -v 'warnings\? generated\.$' || true; }
