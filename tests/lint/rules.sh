#!/bin/bash
# The golden rules that a tool can check, with clang-query: no context is stored as a member, and a
# context is the first parameter. What breaks them on purpose is named below; a name that is not
# found any more is an error too, so the check is known to see.
set -euo pipefail
cd "$(dirname "$0")/../.."

on_purpose='
stored patterns/context/context.hpp: context context_;   # the owner itself
stored patterns/context/after_func.hpp: context ctx_;   # a registration, which ends with its scope
stored patterns/error_group/error_group.hpp: const context none_;   # what a group gives its tasks
late patterns/context/after_func.hpp: task go(const task_options& options, const context& ctx, F f, place where = place::here()) {   # the name of the task stands before
stored patterns/lifecycle/lifecycle.hpp: scoped_context ctx_;   # an owner: what it stops its task with
late patterns/lifecycle/lifecycle.hpp: service(const task_options& options, const context& parent, F f, place where = place::here())   # as go
stored patterns/worker_pool/worker_pool.hpp: scoped_context run_;   # an owner: what it stops its workers with
stored patterns/context/broken/stored_in_a_struct.cpp: context ctx_;  // BUG   # the broken program of this rule
late patterns/context/broken/stored_in_a_struct.cpp: bool answer(int number, const context& ctx) {   # and of this one
'

query=$(mktemp)
out=$(mktemp -d)
trap 'rm -rf "$query" "$out"' EXIT
cat >"$query" <<'END'
set bind-root false
let isContext hasUnqualifiedDesugaredType(recordType(hasDeclaration(cxxRecordDecl(hasAnyName("::braid::context", "::braid::scoped_context")))))
let takesContext parmVarDecl(hasType(qualType(anyOf(isContext, references(qualType(isContext))))))
let isOurs isExpansionInFileMatching("/(common|patterns)/")
match fieldDecl(isOurs, hasType(qualType(isContext)), unless(hasParent(cxxRecordDecl(isLambda())))).bind("stored")
match functionDecl(isOurs, unless(isImplicit()), unless(hasParameter(0, takesContext)), hasAnyParameter(parmVarDecl(takesContext).bind("late")))
END

mkdir -p build
cmake --preset release -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >build/lint.log 2>&1 ||
    { cat build/lint.log >&2; exit 1; }

# Library, demos and broken programs that have to do with contexts; each once, though a program is
# built for several tools.
# Each run writes a file of its own: in one pipe their lines would get into each other.
sed -n 's/^ *"file": "\(.*\)".*/\1/p' build/lint/compile_commands.json | sort -u |
    grep -E '/(common|patterns)/' | grep -Ev '_(test|bench)\.cpp$|/Unity/' |
    xargs grep -lE 'context|group' |
    xargs -P "$(nproc)" -n 8 bash -c 'clang-query -p build/lint -f "$1" \
        --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument \
        "${@:2}" >"$0/$$"' "$out" "$query"
found=$(cat "$out"/* |
    awk -v root="$PWD/" '
        / note: "(stored|late)" binds here$/ {
            split($0, part, ":")
            kind = $0 ~ /"stored"/ ? "stored" : "late"
            sub(root, "", part[1])
            getline code
            sub(/^ */, "", code)
            print kind " " part[1] ": " code
        }' | sort -u)
expected=$(sed -n 's/   #.*//p' <<<"$on_purpose" | sort -u)

diff <(echo "$expected") <(echo "$found") >build/lint.rules || {
    sed -n 's/^> stored \([^:]*\): \(.*\)/\1: stores a context: \2 (pass it as the first parameter instead)/p
            s/^> late \([^:]*\): \(.*\)/\1: the context is not the first parameter: \2/p
            s/^< \(.*\)/named in tests\/lint\/rules.sh, but not found: \1/p' build/lint.rules >&2
    exit 1
}
