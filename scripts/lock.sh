#!/bin/sh
# Writes the lock files anew from pyproject.toml with the newest versions that fit together, for every Python from 3.11
# and every platform. Needs the program `uv`. The files name packages, versions and hashes, and no package index.
#
#   requirements.lock        what the site runs on
#   requirements-dev.lock    that, and what `make test` and `make check` need
#   requirements-build.lock  what builds the package
#   requirements-node.lock   Node, for machines that have none
set -eu
cd "$(dirname "$0")/.."

lock() {
    target=$1
    shift
    uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@" --output-file "$target"
    echo "$target: $(grep -c '^[a-z]' "$target") packages"
}

build=$(mktemp)
node=$(mktemp)
trap 'rm -f "$build" "$node"' EXIT
sed -n 's/^build = \["\(.*\)"\]/\1/p' pyproject.toml >"$build"
sed -n 's/^node = \["\(.*\)"\]/\1/p' pyproject.toml >"$node"

lock requirements.lock pyproject.toml
lock requirements-dev.lock --constraint requirements.lock --extra dev pyproject.toml
lock requirements-build.lock --constraint requirements-dev.lock "$build"
lock requirements-node.lock "$node"
