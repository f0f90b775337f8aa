#!/bin/sh
# The checks, then the tests, on all cores. A real browser and a real nginx take part in some
# of the tests, which find them in $CHROMIUM and $NGINX_PROGRAM.
# Usage: deploy/test.sh        (after deploy/venv.sh requirements-dev.txt)
set -eu
cd "$(dirname "$0")/.."

deploy/check.sh
CHROMIUM=$(deploy/chromium.sh)
NGINX_PROGRAM=$(deploy/nginx.sh)
export CHROMIUM NGINX_PROGRAM
exec .venv/bin/pytest --numprocesses auto --dist worksteal
