#!/bin/sh
# The checks, then the tests, on all cores. A real browser runs some of the tests; they find it in $CHROMIUM.
# Usage: deploy/test.sh        (after deploy/venv.sh requirements-dev.txt)
set -eu
cd "$(dirname "$0")/.."

deploy/check.sh
CHROMIUM=$(deploy/chromium.sh)
export CHROMIUM
exec .venv/bin/pytest --numprocesses auto --dist worksteal
