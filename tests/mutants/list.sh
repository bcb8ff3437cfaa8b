# The mutants, and what was found of each. Sourced by run.sh.
#
# They stand in the *.list files, like patches without line numbers:
#
#     == id
#     file: which is changed
#     kind: notify, if for while, order, swap, recheck or lock
#     weakens: what is wrong with it
#     suites: targets whose tests should see it
#     survives: why nobody sees it (only where that is so)
#     unseen: why the explorer does not, though others do
#     and lines that begin with ' ' (stays), '-' (goes), '+' (comes)
#
# What stays and goes has to be in the file in one place only. A line with # is a comment.

ids=()
declare -A file kind weakens suites survives unseen old new

read_lists() {
    local line id=''
    while IFS= read -r line; do
        case $line in
            '' | '#'*) ;;
            '== '*)
                id=${line#== }
                [[ ! ${file[$id]-} ]] || die "$id: is in the lists twice"
                ids+=("$id")
                old[$id]=$'\n' new[$id]=$'\n'
                ;;
            'file: '*) file[$id]=${line#*: } ;;
            'kind: '*) kind[$id]=${line#*: } ;;
            'weakens: '*) weakens[$id]=${line#*: } ;;
            'suites: '*) suites[$id]=${line#*: } ;;
            'survives: '*) survives[$id]=${line#*: } ;;
            'unseen: '*) unseen[$id]=${line#*: } ;;
            ' '*) old[$id]+=${line:1}$'\n' new[$id]+=${line:1}$'\n' ;;
            '-'*) old[$id]+=${line:1}$'\n' ;;
            '+'*) new[$id]+=${line:1}$'\n' ;;
            *) die "$id: what is \"$line\"?" ;;
        esac
    done < <(cat "$@")
}

# The text of the mutated file, in `text`. Says so if the mutant does not apply any more.
mutate() {
    local id=$1 source before rest
    source=$'\n'$(<"${file[$id]}")$'\n'
    before=${source%%"${old[$id]}"*}
    rest=${source#*"${old[$id]}"}
    if [[ $before == "$source" ]]; then
        echo "mutant $id: its lines are not in ${file[$id]} any more; mend the list" >&2
        return 1
    fi
    if [[ $'\n'$rest == *"${old[$id]}"* ]]; then
        echo "mutant $id: its lines are in ${file[$id]} in several places; add some around" >&2
        return 1
    fi
    text=$before${new[$id]}$rest
    text=${text:1}
}

# A sum of what the answers hold for: the mutated file, and who is asked.
state_of() {
    mutate "$1"
    cksum <<<"${suites[$1]} $text" | cut -d ' ' -f 1
}

# What a judge said of a mutant; nothing if it has not been asked about this state of it.
answer() {
    local result=build/mutants/$1.result
    [[ -f $result ]] || return 0
    sed -n "s/^$(state_of "$1") $2: //p" "$result"
}

note() {
    local result=build/mutants/$1.result state
    state=$(state_of "$1")
    touch "$result"
    { grep "^$state " "$result" | grep -v "^$state $2: " || true; } >"$result.new"
    echo "$state $2: $3" >>"$result.new"
    mv "$result.new" "$result"
}
