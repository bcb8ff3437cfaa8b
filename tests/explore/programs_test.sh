#!/bin/bash
# Whole programs under the explorer: command line, exit status, replay. programs_test.sh DIRECTORY,
# in which they have been built.
set -u
cd "$1" || exit 1
failures=0

# expect STATUS TEXT COMMAND...: its output has TEXT.
expect() {
    local status=$1 text=$2 output got=0
    shift 2
    output=$("$@" 2>&1) || got=$?
    if (( got != status )) || [[ $output != *"$text"* ]]; then
        failures=$((failures + 1))
        printf '%s: status %s, expected %s and "%s"\n%s\n' "$*" "$got" "$status" "$text" "$output"
    fi
}

rm -f ./*.replay
expect 2 'run it without --replay first' ./tickets --replay
expect 66 'exit status 1: sold 2 tickets, had 1' ./tickets --own tickets.cpp
expect 66 'to see it again: ./tickets --own tickets.cpp --replay' ./tickets --own tickets.cpp
expect 66 'how 100 executions by chance end' ./tickets --outcomes 100

table() { sed '/^$/,$d'; }  # what a search and a replay have in common
searched=$(./tickets --own tickets.cpp | table)
for _ in 1 2 3; do
    expect 66 "$searched" ./tickets --own tickets.cpp --replay
done

expect 66 'leaked-thread in t1' ./daemon
expect 66 'meant to outlive main: --daemons' ./daemon
expect 0 'search complete' ./daemon --daemons

expect 2 'usage: ./tickets' ./tickets --outcome 100
expect 2 'usage: ./tickets' ./tickets --outcomes none

echo "$failures failures"
(( failures == 0 ))
