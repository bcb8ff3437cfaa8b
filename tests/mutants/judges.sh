# The copy in which the mutants live, and who looks at them. Sourced by run.sh.

judges=(tests tsan explorer)
explorer=(test.explore.braid)  # the targets with the searches of Braid
limit=150                      # seconds for one program; one that takes longer hangs
copy=build/mutants/tree

# Brings the copy up to date. A file that is the same keeps its time: nothing is built for it.
copy_tree() {
    mkdir -p "$copy"
    git ls-files -co --exclude-standard >build/mutants/files
    (cd "$copy" && find . -path ./build -prune -o -type f -print) | sed 's,^\./,,' |
        { grep -vxFf build/mutants/files || true; } | (cd "$copy" && xargs -r -d '\n' rm)
    local name
    while IFS= read -r name; do
        [[ -f $name ]] || continue
        cmp -s "$name" "$copy/$name" || { mkdir -p "$copy/${name%/*}" && cp "$name" "$copy/$name"; }
    done < <(sed 's,^[^/]*$,./&,' build/mutants/files)
    local tree
    for tree in release tsan explore; do
        (cd "$copy" && cmake --preset "$tree" -DBRAID_TESTS_ONLY=ON) >build/mutants/build.log 2>&1 ||
            die "cannot configure: see build/mutants/build.log"
    done
}

# One mutant at a time.
applied=''
unapply() {
    [[ ! $applied ]] || cp "${file[$applied]}" "$copy/${file[$applied]}"
    applied=''
}
apply() {
    [[ $applied != "$1" ]] || return 0
    unapply
    mutate "$1"
    printf '%s' "$text" >"$copy/${file[$1]}"
    applied=$1
}

build() {
    cmake --build "$copy/build/$1" --target "${@:2}" 9>&- >build/mutants/build.log 2>&1
}

findings='data-race|deadlock|leaked-thread|failed-assertion|uncaught-exception|use-after-free'
findings+='|use-after-scope|double-free|crash|livelock|misuse|unsupported'  # of the explorer

# Runs a program of tests. If it fails, `verdict` says in which case, and how. What no tool reports has
# to be seen twice in three runs: some test fails now and then where a machine has too much to do.
# What the compiler has made the same of (most memory orders on x86-64) need not be run.
run() {
    local tree=$1 program=$2 environment=("${@:3}") case how status
    local log=$PWD/build/mutants/${applied:-unchanged}.$judge.log
    ! same_program || return 0
    ! attempt || return 0
    case=$(awk '/^\[ RUN / { last = $4 } /^\[  FAILED  \]/ { last = $4; exit }
                END { sub(/,$/, "", last); print last }' "$log")
    how=$(grep -Eom1 "^($findings) in " "$log") || how=''
    how=${how% in }
    ! grep -q 'WARNING: ThreadSanitizer' "$log" || how=report
    (( status != 124 && status != 137 )) || how=hangs
    [[ $how == report || $judge == explorer ]] || ! attempt || ! attempt || return 0
    verdict="${case:-$program}${how:+ ($how)}"
}

attempt() {
    status=0
    # The braces keep the shell from telling of crashes.
    { (cd "$copy/build/$tree" && "${steady[@]}" env "${environment[@]}" timeout -k 5 "$limit" \
        "test/$program" --gtest_color=no --gtest_fail_fast) 9>&- >"$log" 2>&1; } 2>/dev/null || status=$?
    return "$status"
}

same_program() {
    local sums=build/mutants/unchanged.sums sum
    sum="$tree $(cd "$copy/build/$tree/test" && sha256sum "$program")"
    if [[ $applied ]]; then
        grep -qxF "$sum" "$sums"
    else
        { grep -v "^$tree .* $program\$" "$sums" 2>/dev/null || true; } >"$sums.new"
        echo "$sum" >>"$sums.new"
        mv "$sums.new" "$sums"
        return 1
    fi
}

# Some kernels place addresses so that ThreadSanitizer of g++ 12 cannot start: as in .ci/test.
steady=()
! setarch -R true 2>/dev/null || steady=(setarch -R)

# Has a judge look at what is in the copy. `verdict`: what it saw first, or "survives". False if it
# cannot be built.
ask() {
    local judge=$1 suite runtime
    verdict=survives
    shift
    case $judge in
        explorer)
            local limit=$((3 * limit))
            build explore "${explorer[@]}" || return 1
            for suite in "${explorer[@]}"; do
                [[ $verdict != survives ]] || run explore "$suite"
            done
            ;;
        tests)
            build release "$@" || return 1
            for suite; do
                for runtime in threads fibers; do
                    [[ $verdict != survives ]] ||
                        run release "$suite" BRAID_RUNTIME=$runtime BRAID_WORKERS=2
                done
            done
            ;;
        tsan)
            build tsan "$@" || return 1
            for suite; do
                [[ $verdict != survives ]] || run tsan "$suite" BRAID_RUNTIME=threads \
                    'TSAN_OPTIONS=halt_on_error=1 atexit_sleep_ms=20'
            done
            ;;
    esac
}
