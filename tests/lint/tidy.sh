#!/bin/bash
# clang-tidy over the library, headers through the sources that include them. Tests, demos and
# benchmarks are still to come; programs that are broken on purpose stay out.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p build/lint
cmake --preset release >build/release.log 2>&1 || { cat build/release.log >&2; exit 1; }

# clang cannot read a header that g++ has precompiled, and does not know all of its warnings.
sed 's/-Winvalid-pch -include [^ ]*//' build/release/compile_commands.json >build/lint/compile_commands.json
tidy=(clang-tidy --quiet -p build/lint --extra-arg=-Wno-unknown-warning-option)

sed -n 's/^ *"file": "\(.*\)".*/\1/p' build/lint/compile_commands.json | sort -u |
    grep -Ev '/broken/|/tests/|/build/|_(test|demo|bench)\.cpp$' |
    xargs -P "$(nproc)" -n 1 "${tidy[@]}" 2>&1 |
    { grep -v 'warnings\? generated\.$' || true; }
