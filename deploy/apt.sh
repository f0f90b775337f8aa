# Sourced: what the scripts beside it say and install. They set $script, their own name.

say() {
    echo "$script: $*" >&2
}

apt_get() {
    if [ "$(id -u)" = 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2
    fi
}

may_use_apt() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}
