#!/bin/sh
# Style, types and templates; the settings are in pyproject.toml.
# Usage: deploy/check.sh        (after deploy/venv.sh requirements-dev.txt)
set -eu
cd "$(dirname "$0")/.."

.venv/bin/ruff check
.venv/bin/ruff format --check
.venv/bin/mypy
.venv/bin/djlint --lint --quiet templates
