#!/bin/sh
# Prints the path of an nginx that the tests can start; fetches Debian's into .nginx/ where none is installed.
# Usage: deploy/nginx.sh        (your own: NGINX_PROGRAM=/path; what is in NGINX nginx takes for its sockets)
# It is unpacked and not installed: Debian's package would begin to serve port 80. All messages go to standard
# error: standard output is the path alone.
set -eu
cd "$(dirname "$0")/.."
script=deploy/nginx.sh
. deploy/apt.sh

find_nginx() {
    for each in "${NGINX_PROGRAM:-}" "$(command -v nginx)" /usr/sbin/nginx "$PWD/.nginx/usr/sbin/nginx"; do
        if [ -x "$each" ] && "$each" -v 2>/dev/null; then
            echo "$each"
            return
        fi
    done
    false
}

fetch() {
    (cd .nginx && apt-get -qq download nginx nginx-common >&2)
}

if [ -n "${NGINX_PROGRAM:-}" ] && ! "$NGINX_PROGRAM" -v 2>/dev/null; then
    say "NGINX_PROGRAM is '$NGINX_PROGRAM', which does not start. Mend it, or unset it to let this script look for one."
    exit 1
fi
if find_nginx; then
    exit
fi
if command -v apt-get >/dev/null; then
    say "fetching nginx into .nginx/ ..."
    mkdir -p .nginx
    # A machine that never asked for its packages does not know where they are.
    if fetch || { may_use_apt && apt_get -qq update && fetch; }; then
        for package in .nginx/*.deb; do
            dpkg -x "$package" .nginx
            rm "$package"
        done
    fi
fi
if ! find_nginx; then
    say "the tests need nginx, and none could be fetched. On Debian let root run apt-get update and" \
        "try again; or install one, or name yours: make test NGINX_PROGRAM=/path/to/nginx"
    exit 1
fi
