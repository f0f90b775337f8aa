#!/bin/sh
# Pins requirements.in, requirements-meaning.in and requirements-dev.in, with hashes, into the .txt files beside them.
# Usage: deploy/lock.sh [--upgrade]        Without --upgrade, pins that still fit stay as they are.
set -eu
cd "$(dirname "$0")/.."

if ! command -v uv >/dev/null; then
    echo "deploy/lock.sh: uv is needed to resolve for all Python versions at once; install it, for example: pipx install uv" >&2
    exit 1
fi

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"
}

compile "$@" requirements.in -o requirements.txt
# What it needs of others is in requirements.txt.
compile --no-deps "$@" requirements-meaning.in -o requirements-meaning.txt
# Held to the pins of requirements.txt, so that the development set contains the running one.
compile "$@" --constraint requirements.txt requirements-dev.in -o requirements-dev.txt

# What benchmarks compare with. What the engines of search need of others is in the development set; whole sites
# stand on packages of their own.
compile --no-deps "$@" deploy/bench/search.in -o deploy/bench/search.txt
compile "$@" deploy/bench/sites.in -o deploy/bench/sites.txt

if grep -nE '://|^-' requirements.txt requirements-meaning.txt requirements-dev.txt deploy/bench/*.txt >&2; then
    echo "deploy/lock.sh: the lines above name a package host or an option of this machine: remove them before committing" >&2
    exit 1
fi
