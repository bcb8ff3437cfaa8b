#!/bin/bash
# Runs all peers, interleaved, and writes docs/benchmarks.md:
#
#     tests/peers/table.sh [directory of the peers]
#
#     ROUNDS=n          how often each runs (7)
#     LETTERS="A1 C1"   only these, with their variants (C1_2, C1_8); prints the table only
#
# In a round each letter is run by each peer in turn. A machine may be fast in one minute and slow
# in the next, so Braid is compared with what Go took in the same round.
set -euo pipefail
cd "$(dirname "$0")/../.."

peers=${1:-build/release/peers}
rounds=${ROUNDS:-7}
export GOMAXPROCS=2 BRAID_WORKERS=2 BRAID_RUNTIME=fibers

# letter | work | the most that Braid may take, as a share of Go's time; or of another peer's; - if
# the row is there to be compared with its neighbours
rows='A1|start and join one task|0.30
A_10|start and join 10 tasks, each|-
A2|start and join 1000 tasks, each|0.25
A3|start and join 100 000 tasks, each|0.35
B1|unbuffered ping-pong, round trip|0.20
B2|unbuffered stream, one to one|0.20
B3|buffered (128) stream, one to one|0.20
B4|buffered (128), 4 senders, 4 receivers|0.30
B5|prime sieve, first 2000, unbuffered (ms)|0.45
B5b|the same, capacity 128 (ms)|0.60
C1_2|select over 2 ready channels|0.35
C1_8|select over 8 ready channels|0.15
C2_2|blocked select over 2 producers, unbuffered|0.40
C2_8|blocked select over 8 producers, unbuffered|0.30
C4_2|select with default over 2 empty channels|0.35
C4_8|select with default over 8 empty channels|0.35
D1|pipeline of 3 stages, ints|0.30
D2|pipeline of 3 stages, 1 us of work in each|0.88
E1|fan-out by a channel, items of 100 ns, 2 workers|1.00
E1_static|the same items, divided beforehand|1.00 tbb
E2|fan-out by a channel, items of 1 us, 2 workers|1.00
E2_static|the same items, divided beforehand|1.00 tbb
F_1|worker pool, empty jobs, 1 submitter|0.50
F_4|worker pool, empty jobs, 4 submitters|0.50
G|once, already done|1.00
H_1|pool get and put, 1 KiB, 1 task|0.60
H_2|pool get and put, 1 KiB, 2 tasks|0.60
H2_1|pool, hold 16, then give back, 1 task|0.40
H2_2|pool, hold 16, then give back, 2 tasks|0.40
I1_root|with_cancel and cancel, below the root|0.40
I1_child|with_cancel and cancel, below another|0.40
I2|with_timeout and cancel|0.40
I3|cancel a parent of 1000, per child|0.70
I4|err()|0.12
I7|buffered stream, every receive watches a context|0.25
I8|cancel to wake of a blocked task|0.50
J1_1|mutex, 1 task|0.80
J1_2|mutex, 2 tasks|1.00
J3_1|rw_mutex, read lock, 1 task|1.00
J3_2|rw_mutex, read lock, 2 tasks|1.00
J8|rw_mutex, 90 % reads, 2 tasks|1.00
K|memory of a blocked task, 100 000 of them (bytes)|1.70
K_million|a million tasks that start, block, wake and end: memory in all (GiB)|-
K2_start|start one of 100 000 tasks that block|0.80
K2_wake|wake one of 100 000 tasks that block|0.80
N_10|make and use one of 10 channels|-
N_1000|make and use one of 1000 channels|-
N_100000|make and use one of 100 000 channels|-
O_1|wake a task that waits at a channel, alone|-
O_10000|wake one of 10 000 tasks that wait at a channel|-
W|wake-up while the waker computes for 1 ms (us)|1.00'

wanted() {
    [ -z "${LETTERS:-}" ] && return
    for l in $LETTERS; do [[ $1 == "$l" || $1 == "${l}_"* ]] && return; done
    return 1
}

declare -A has
names=()
for program in "$peers"/*; do
    [ -x "$program" ] || continue
    name=${program##*/}
    names+=("$name")
    for letter in $("$program" list); do has[$name $letter]=yes; done
done
for name in braid go; do
    [[ " ${names[*]-} " == *" $name "* ]] || { echo "$peers: no peer \"$name\"" >&2; exit 1; }
done

results=$(mktemp)
trap 'rm -f "$results" "$results".*' EXIT
load=$(cut -d ' ' -f 1 /proc/loadavg)  # of others: 0 is best

letters=()
while IFS='|' read -r letter _; do
    ! wanted "$letter" || letters+=("$letter")
done <<<"$rows"
[ ${#letters[@]} -gt 0 ] || { echo "LETTERS=\"$LETTERS\": there are no such letters" >&2; exit 1; }

for ((round = 1; round <= rounds; ++round)); do
    for letter in "${letters[@]}"; do
        [ ! -t 2 ] || echo -ne "round $round of $rounds: $letter          \r" >&2
        for name in "${names[@]}"; do
            [ -n "${has[$name $letter]-}" ] || continue
            # A peer that fails is shown as one; the others go on.
            result=$(timeout 60 "$peers/$name" "$letter") || {
                echo "round $round: $name $letter failed (status $?)" >&2
                result=failed
            }
            echo "$round $letter $name $result"
        done
    done
done >"$results"

# --- The table ----------------------------------------------------------------------------------

package() { dpkg-query -W -f='${Version}' "$1" 2>/dev/null || echo '?'; }
version_of() {
    case $1 in
        braid) git describe --always --dirty 2>/dev/null || echo '?' ;;
        go) go version "$peers/go" | awk '{ print $NF }' ;;
        tbb) package libtbb-dev ;;
        boost_fiber) package libboost-fiber-dev ;;
        asio) package libasio-dev ;;
        moodycamel) package libconcurrentqueue-dev ;;
        standard) echo "glibc $(package libc6)" ;;
    esac
}
conditions() {
    echo "- Written by \`${LETTERS:+LETTERS=\"$LETTERS\" }ROUNDS=$rounds tests/peers/table.sh\` on $(date +%F)."
    local compiler
    compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[^=]*=//p' "$peers/../CMakeCache.txt" 2>/dev/null || true)
    compiler=${compiler:-c++}
    echo "- $(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo), $(nproc) processors, load average $load at the start; Linux $(uname -r)."
    echo "- $("$compiler" --version | head -1), release build."
    for name in "${names[@]}"; do echo "- $name: $(version_of "$name")"; done
}

table() {
    awk -v rounds="$rounds" '
    function median(list, n,    i, j, t) {  # sorts the list
        for (i = 2; i <= n; ++i)
            for (j = i; j > 1 && list[j - 1] > list[j]; --j) {
                t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
            }
        return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    function median_of(letter, name,    list, n, r) {
        n = 0
        for (r = 1; r <= rounds; ++r)
            if ((r, letter, name) in took) list[++n] = took[r, letter, name]
        return n > 0 ? median(list, n) : -1
    }
    # Braid / name, round by round: the median, and low and high.
    function ratio(letter, name,    list, n, r) {
        n = 0
        for (r = 1; r <= rounds; ++r)
            if ((r, letter, "braid") in took && took[r, letter, name] > 0)
                list[++n] = took[r, letter, "braid"] / took[r, letter, name]
        if (n == 0) return -1
        middle = median(list, n)
        low = list[1]
        high = list[n]
        return middle
    }
    function number(x) {
        return x < 0 ? "-" : sprintf(x < 10 ? "%.2f" : x < 100 ? "%.1f" : "%.0f", x)
    }
    FNR == NR {
        if ($4 == "failed") { if (!failed[$2, $3]++) failures = failures " " $3 " " $2 ";" }
        else took[$1, $2, $3] = $4 + 0
        if (!($3 in known)) { known[$3] = 1; names[++peers] = $3 }
        measured[$2] = 1
        next
    }
    BEGIN {
        print "| | work | Braid | Go | best other | Braid / Go | low to high | goal | |"
        print "|---|---|---:|---:|---|---:|---:|---|---|"
    }
    !($1 in measured) { next }
    {
        letter = $1
        best = -1
        other = "-"
        for (p = 1; p <= peers; ++p) {
            if (names[p] == "braid" || names[p] == "go") continue
            m = median_of(letter, names[p])
            if (m >= 0 && (best < 0 || m < best)) { best = m; other = names[p] " " number(m) }
        }
        split($3, goal, " ")
        against = goal[2] == "" ? "go" : goal[2]
        of = ratio(letter, against)
        verdict = of < 0 ? "not measured" : of <= goal[1] ? "met" : "missed"
        if (goal[1] == "-") verdict = ""
        if ((letter, "braid") in failed) verdict = "Braid failed"
        else if (of >= 0 && against != "go") verdict = verdict sprintf(": %.2f", of)
        to_go = ratio(letter, "go")
        if (goal[1] != "-") ++count[of < 0 ? "open" : verdict ~ /^met/ ? "met" : "missed"]
        if (to_go > 1) { verdict = verdict (verdict == "" ? "" : ", ") "**Go wins**"; ++lost }
        printf "| %s | %s | %s | %s | %s | %s | %s | %s%s | %s |\n", letter, $2,
            number(median_of(letter, "braid")), number(median_of(letter, "go")), other,
            to_go < 0 ? "-" : sprintf("%.2f", to_go),
            to_go < 0 ? "-" : sprintf("%.2f to %.2f", low, high),
            goal[1], against == "go" ? "" : " of " against, verdict
    }
    END {
        printf "\nGoals: %d met, %d missed, %d not measured. Go wins %d rows.\n",
            count["met"], count["missed"], count["open"], lost
        if (failures != "") printf "Failed:%s their other rounds count.\n", failures
    }' FS=' ' "$results" FS='|' - <<<"$rows"
}

{
    cat <<'TEXT'
# Benchmarks

Braid on fibers beside Go and what else one would take, each with two processors. Nanoseconds per operation unless stated, medians of all rounds. Go's time is that of the same round, because a machine is not always equally fast: *Braid / Go* is the median of these ratios, *low to high* the least and the greatest. The goal is the most that this ratio may be, or the one to another peer where one is named. What exactly each row measures is said in [tests/peers/go](../tests/peers/go).

Not all peers can do the same. The tasks of asio are coroutines without a stack, those of TBB may not wait for each other, Boost.Fiber runs on one thread but for D2, E1, E2 and W, and standard's K and K2 are of 10 000 threads. Each file of [tests/peers](../tests/peers) says what it leaves out.

TEXT
    table
    printf '\n## How\n\n'
    conditions
} >"$results.md"
if [ -z "${LETTERS:-}" ]; then cp "$results.md" docs/benchmarks.md; fi
cat "$results.md"
