#!/bin/bash
# Every check of `make lint`; all of them run, also after one has failed.
set -uo pipefail
cd "$(dirname "$0")/../.."

failed=()
for check in format snippets links patterns go headers rules tidy; do
    if "tests/lint/$check.sh"; then
        echo "lint: $check ok"
    else
        failed+=("$check")
        echo "lint: $check FAILED"
    fi
done
(( ${#failed[@]} == 0 ))
