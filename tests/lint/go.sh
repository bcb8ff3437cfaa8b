#!/bin/bash
# The Go twins of the patterns, each file on its own, and the Go program of the benchmarks: formatted,
# and accepted by go vet.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/../.."

if ! command -v go >/dev/null; then
    echo "lint: Go is not installed: the Go twins are not looked at"
    exit 0
fi

failed=0
for file in patterns/*/*.go; do
    [[ -z $(gofmt -l "$file") ]] || { echo "$file: not formatted; gofmt -w repairs it" >&2; failed=1; }
    go vet "$file" || failed=1
done
(
    cd tests/peers/go
    [[ -z $(gofmt -l .) ]] || { echo "tests/peers/go: not formatted; gofmt -w repairs it" >&2; exit 1; }
    go vet .
) || failed=1
exit $failed
