#!/bin/sh
# What a container does: serve a door, or run a command of the project.
# Usage: deploy/container.sh wsgi:app | wsgi:desk | wsgi:metrics | openbureau COMMAND …
set -eu
cd "$(dirname "$0")/.."

case ${1:-wsgi:app} in
wsgi:*) exec gunicorn -c deploy/gunicorn.conf.py --bind 0.0.0.0:8000 "${1:-wsgi:app}" ;;
*) exec "$@" ;;
esac
