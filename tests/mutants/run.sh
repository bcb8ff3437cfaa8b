#!/bin/bash
# Weakens the core one line at a time, in a copy, and asks three judges whether they notice:
#
#     tests/mutants/run.sh [--only judge] [--again] [--output file] [id...]
#
#     tests      the suites that the mutant names, on both runtimes
#     tsan       the same suites under ThreadSanitizer, on threads
#     explorer   the searches of tests/explore
#
# Prints a table; --output writes it, with an introduction, to a file. What was found is kept in
# build/mutants/ID.result: a run that was stopped goes on where it was, and a mutant whose lines or
# file have changed is run anew. --again asks anew about the named ones, or all; --only asks just
# one judge.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/mutants/list.sh
. tests/mutants/judges.sh
. tests/mutants/table.sh

die() {
    echo "mutants: $*" >&2
    exit 1
}

asked=("${judges[@]}") again='' output=''
while [[ ${1-} == --* ]]; do
    case $1 in
        --only) asked=("${2-}") && shift ;;
        --again) again=yes ;;
        --output) output=${2-} && shift ;;
        *) die "$1: must be --only, --again or --output" ;;
    esac
    shift
done
[[ " ${judges[*]} " == *" ${asked[0]} "* ]] || die "--only ${asked[0]}: must be one of ${judges[*]}"

read_lists tests/mutants/*.list
(( $# > 0 )) || set -- "${ids[@]}"
for id in "$@"; do
    [[ ${file[$id]-} ]] || die "$id: no list has it"
    mutate "$id" || exit 1
done
mkdir -p build/mutants
exec 9>build/mutants/lock
flock -n 9 || die "another run is at it"

# What is still to be asked: "id judge".
todo=()
for id in "$@"; do
    for judge in "${asked[@]}"; do
        [[ ! $again && $(answer "$id" "$judge") ]] || todo+=("$id $judge")
    done
done

if (( ${#todo[@]} > 0 )); then
    copy_tree
    all=$(printf '%s\n' "${suites[@]}" | tr ' ' '\n' | sort -u)
    for judge in "${asked[@]}"; do
        echo "unchanged, $judge" >&2
        ask "$judge" $all || die "does not build unchanged: see build/mutants/build.log"
        [[ $verdict == survives ]] || die "fails unchanged: $judge, $verdict"
    done
fi

uncompiled=()
for entry in ${todo[@]+"${todo[@]}"}; do
    read -r id judge <<<"$entry"
    apply "$id"
    if ask "$judge" ${suites[$id]}; then
        note "$id" "$judge" "$verdict"
        echo "$id, $judge: $verdict" >&2
    else
        uncompiled+=("$id")
        echo "$id: does not compile: see build/mutants/build.log, and mend the list" >&2
    fi
done
unapply
(( ${#uncompiled[@]} == 0 )) || exit 1

if [[ $output ]]; then
    document "$@" >"$output"
else
    table "$@"
fi
check_reasons "$@"
