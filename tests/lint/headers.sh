#!/bin/bash
# Each header can be used alone: it includes what it needs.
set -euo pipefail
cd "$(dirname "$0")/../.."

find common patterns -name '*.hpp' -print0 |
    xargs -0 -P "$(nproc)" -I HEADER g++ -std=c++20 -I. -DBRAID_LIFECYCLE=0 -Wall -Wextra \
        -Wpedantic -Werror -fsyntax-only -x c++ /dev/null -include HEADER
