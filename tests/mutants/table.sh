# Tells what the judges said. Sourced by run.sh.

# How many of the mutants a judge has killed, or "any" has.
killed_by() {
    local judge=$1 id count=0
    shift
    for id; do
        ! killed "$id" "$judge" || count=$((count + 1))
    done
    echo "$count"
}

killed() {
    local judge said
    for judge in ${2/any/"${judges[*]}"}; do
        said=$(answer "$1" "$judge")
        [[ ! $said || $said == survives ]] || return 0
    done
    return 1
}

reported() {
    local id
    for id; do
        answer "$id" tsan
    done | grep -c '(report)$' || true
}

cell() {
    local said
    said=$(answer "$@")
    case $said in
        '') printf '(not asked)' ;;
        survives) printf -- '-' ;;
        *) printf '%s' "$said" ;;
    esac
}

table() {
    echo '| mutant | kind | what it weakens | tests | ThreadSanitizer | explorer |'
    echo '|---|---|---|---|---|---|'
    local id
    for id; do
        echo "| $id | ${kind[$id]} | ${weakens[$id]} | $(cell "$id" tests) |" \
            "$(cell "$id" tsan) | $(cell "$id" explorer) |"
    done
    echo
    echo "Of $# mutants the tests kill $(killed_by tests "$@"), ThreadSanitizer" \
        "$(killed_by tsan "$@") ($(reported "$@") by a report), the explorer" \
        "$(killed_by explorer "$@"), together $(killed_by any "$@")."
    echo
    for id; do
        killed "$id" any || echo "- $id survives: ${survives[$id]-nobody has said why}"
    done
    for id; do
        ! killed "$id" any || killed "$id" explorer ||
            echo "- $id is not seen by the explorer: ${unseen[$id]-there is no search of it}"
    done
}

document() {
    cat <<'END'
# Mutants

Do the tests see it when a line of the core is wrong? Each mutant is the core with one thing weakened: a notify dropped, `if` for `while`, a weaker memory order, two steps swapped, a recheck or a lock left out. Written by `make mutants`; the mutants stand in [tests/mutants](../tests/mutants).

- tests: the suites of what was changed, on both runtimes, once
- ThreadSanitizer: the same suites in its build, on threads, once. `(report)`: it reported something; otherwise a test failed there, too
- explorer: the [searches](../tests/explore/README.md) of Braid's primitives

The table says in which case a mutant was first seen, `-` that it was not. `(hangs)`: the program did not end in time. What no tool reports counts if it fails twice in three runs. What depends on chance, the first two may see in one run and not in the next.

END
    table "$@"
}

# A survivor is explained, and what is killed has no explanation.
check_reasons() {
    local id wrong=0
    for id; do
        if killed "$id" any; then
            [[ ! ${survives[$id]-} ]] ||
                { echo "mutant $id is killed: take its \"survives\" out of the list" >&2 && wrong=1; }
        elif [[ ! ${survives[$id]-} ]]; then
            echo "mutant $id survives, and the list does not say why" >&2
            wrong=1
        fi
    done
    return "$wrong"
}
