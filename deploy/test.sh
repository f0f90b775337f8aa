#!/bin/sh
# The checks, then the tests, on all cores. A real browser and a real nginx take part in some
# of the tests, which find them in $CHROMIUM and $NGINX_PROGRAM.
# Usage: deploy/test.sh [PART]        (after deploy/venv.sh requirements-dev.txt)
# PART: a folder of tests, or the beginning of the names of folders and files: search, public/tips, feeds. Of a
# part the tests alone are run, without the checks.
set -eu
cd "$(dirname "$0")/.."

part=${1:-}
if [ -n "$part" ]; then
    paths=$(find tests -name 'test_*.py' \
        \( -path "tests/$part*" -o -path "*/$part/*" -o -name "test_$part*" \))
    if [ -z "$paths" ]; then
        echo "deploy/test.sh: no tests are named '$part'. Name a folder below tests/ or how a file begins:" \
            "make test PART=search, PART=public/tips, PART=feeds. There are:" >&2
        find tests -name 'test_*.py' | sed 's|^tests/||; s|/[^/]*$||' | sort -u | tr '\n' ' ' >&2
        echo >&2
        exit 2
    fi
else
    deploy/check.sh
    paths=tests
fi
CHROMIUM=$(deploy/chromium.sh)
NGINX_PROGRAM=$(deploy/nginx.sh)
export CHROMIUM NGINX_PROGRAM
# One worker has the browser and one has PostgreSQL: tests/conftest.py groups what needs them.
# shellcheck disable=SC2086  # a list of paths
exec .venv/bin/pytest --numprocesses auto --dist loadgroup $paths
