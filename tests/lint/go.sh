#!/bin/bash
# The Go twins of the patterns: formatted, and accepted by go vet, each file on its own.
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
exit $failed
