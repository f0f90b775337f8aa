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

# The PostgreSQL of the tests serves measurements, too.
export PYTHONPATH=tests

# What a benchmark compares with is never part of the product and lives in a folder of its own.
peers=deploy/bench/$subject.txt
if [ -f "$peers" ]; then
    target=.bench/$subject
    if [ ! "$target/installed" -nt "$peers" ]; then
        echo "Installing $peers into $target ..."
        rm -rf "$target"
        pip=.venv/bin/python
        "$pip" -c 'import pip' 2>/dev/null || pip=${PYTHON:-python3}
        "$pip" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target "$target" -r "$peers"
        touch "$target/installed"
    fi
    export PYTHONPATH="$target:tests"
fi
exec .venv/bin/python "deploy/bench/$subject.py" "$@"
