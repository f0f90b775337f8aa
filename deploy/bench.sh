#!/bin/sh
# Measures one subject on this machine; nothing else should be running on it.
# Usage: deploy/bench.sh whitelist [--json FILE]        (every subject is a file in deploy/bench/)
set -eu
cd "$(dirname "$0")/.."

stop() {
    echo "deploy/bench.sh: $*" >&2
    exit 1
}

subject=${1:-}
[ -n "$subject" ] && [ -f "deploy/bench/$subject.py" ] ||
    stop "name what to measure: $(cd deploy/bench && echo *.py | sed 's/\.py//g')"
shift
deploy/venv.sh requirements-dev.txt
exec .venv/bin/python "deploy/bench/$subject.py" "$@"
