#!/bin/sh
# Runs the counterexample harness; the sanitizer trees use the one of the release tree.
[ -x "$1" ] || {
    echo "no harness at $1: build the release tree first (cmake --build --preset release)" >&2
    exit 1
}
exec "$@"
