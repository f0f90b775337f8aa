#!/bin/sh
# Prints the path of a browser that the tests can drive; installs what is missing where it may.
# Usage: deploy/chromium.sh        (after deploy/venv.sh requirements-dev.txt; your own browser: CHROMIUM=/path)
# Needed: the browser, a Chinese font (without one, pictures of pages show boxes), and libatomic, which Playwright's
# driver wants and a minimal Debian lacks. All messages go to standard error: standard output is the path alone.
set -eu
cd "$(dirname "$0")/.."

script=deploy/chromium.sh
. deploy/apt.sh

# Being there is not enough: Ubuntu's chromium-browser can be a script that only tells to install something else.
works() {
    command -v "$1" >/dev/null && "$1" --version >/dev/null 2>&1
}

driver_starts() {
    .venv/bin/python -m playwright --version >/dev/null 2>&1
}

# Where Playwright keeps the browser that it downloads itself.
own_browser() {
    .venv/bin/python -c 'from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)'
}

find_browser() {
    if [ -n "${CHROMIUM:-}" ]; then
        command -v "$CHROMIUM"
        return
    fi
    for name in chromium chromium-browser google-chrome chromium-headless-shell; do
        if works "$name"; then
            command -v "$name"
            return
        fi
    done
    own=$(driver_starts && own_browser) && works "$own" && echo "$own"
}

# Systems without fontconfig (macOS) bring a Chinese font; on Linux fontconfig comes with the browser.
has_chinese_font() {
    if command -v fc-list >/dev/null; then [ -n "$(fc-list :lang=zh)" ]; else [ "$(uname)" != Linux ]; fi
}

if [ -n "${CHROMIUM:-}" ] && ! works "$CHROMIUM"; then
    say "CHROMIUM is '$CHROMIUM', which does not start. Mend it, or unset it to let this script look for a browser."
    exit 1
fi

packages=
find_browser >/dev/null || packages="$packages chromium"
has_chinese_font || packages="$packages fonts-noto-cjk"
driver_starts || packages="$packages libatomic1"

if [ -n "$packages" ] && may_use_apt; then
    say "installing$packages ..."
    # shellcheck disable=SC2086  # a list of package names
    if ! { apt_get -qq update && apt_get -qq install -y --no-install-recommends $packages; }; then
        say "apt-get failed (see above)."
    fi
elif [ -n "$packages" ]; then
    say "missing here, by its Debian name, and not installable without root:$packages"
fi

if ! driver_starts; then
    say "Playwright does not start; the usual cause is a missing libatomic. On Debian, as root: apt-get install libatomic1"
    exit 1
fi
if ! browser=$(find_browser); then
    say "no browser found; letting Playwright download one ..."
    .venv/bin/python -m playwright install chromium >&2 || true
fi
if ! browser=$(find_browser); then
    say "the tests need Chromium or Chrome, and none could be installed. Install one (on Debian, as root:" \
        "apt-get install chromium fonts-noto-cjk libatomic1), or name yours: make test CHROMIUM=/path/to/chrome"
    exit 1
fi
echo "$browser"
