#!/bin/sh
# Builds and runs the consumer in a directory of its own:
#   run.sh installed SOURCE BUILD VERSION    after cmake --install
#   run.sh subproject SOURCE BUILD           by FetchContent
set -eu
how=$1 source=$2 build=$3
place=$build/consumer/$how
rm -rf "$place/prefix"
mkdir -p "$place"

if [ "$how" = installed ]; then
    cmake --install "$build" --prefix "$place/prefix" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
    where="-DCMAKE_PREFIX_PATH=$place/prefix -DBRAID_VERSION=$4"
else
    where=-DBRAID_SOURCE=$source
fi
# shellcheck disable=SC2086  # two options
cmake -G Ninja -S "$source/tests/consumer" -B "$place/build" $where >"$place/log" 2>&1 &&
    cmake --build "$place/build" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
"$place/build/consumer"
