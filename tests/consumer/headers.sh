#!/bin/sh
# Each header of a pattern can be used alone: it includes what it needs. headers.sh COMPILER
set -eu
cd "$(dirname "$0")/../.."
find patterns -name '*.hpp' -print0 |
    xargs -0 -P "$(nproc)" -I HEADER "$1" -std=c++20 -I. -DBRAID_LIFECYCLE=0 -Wall -Wextra \
        -Wpedantic -Werror -fsyntax-only -x c++ /dev/null -include HEADER
