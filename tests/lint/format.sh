#!/bin/bash
# Every source is formatted as .clang-format says; --write formats it.
set -euo pipefail
cd "$(dirname "$0")/../.."

how=(--dry-run -Werror)
[[ ${1-} != --write ]] || how=(-i)
find common patterns tests \( -name '*.hpp' -o -name '*.cpp' \) -print0 |
    xargs -0 --no-run-if-empty clang-format "${how[@]}"
