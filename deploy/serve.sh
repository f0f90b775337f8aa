#!/bin/sh
# Prepares the site and serves one of its two doors on this machine.
# Usage: deploy/serve.sh app|desk PORT        (after deploy/venv.sh requirements.txt)
set -eu
cd "$(dirname "$0")/.."
door=${1:?app or desk}
port=${2:?a port number}

# Without a key that it had before, the form and the desk are closed, and pages are served nevertheless.
.venv/bin/openbureau setup || echo "not all is set up: what needs it is closed" >&2
.venv/bin/openbureau publish

case $door in
app)
    echo "OpenBureau: http://127.0.0.1:$port/"
    # Nobody's child: the server would take the end of it for that of a worker.
    (deploy/learn.sh $$ &)
    ;;
desk) echo "OpenBureau desk: http://127.0.0.1:$port/" ;;
esac
# One process: SQLite has one writer. No access log: who reads what is not ours to keep.
# No control socket: two doors on one machine would collide on it. Below "error" gunicorn logs addresses of
# visitors whose request was malformed.
exec .venv/bin/gunicorn "wsgi:$door" --bind "127.0.0.1:$port" --worker-class gthread --workers 1 --threads 8 \
    --no-control-socket --log-level error
