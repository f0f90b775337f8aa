"""Writes the next migration: what the models have and the migrations so far do not make.

Look through the file before it is committed: triggers, and what becomes of the rows that are there, are not
found by themselves.

Usage: .venv/bin/python deploy/revise.py WORDS       (as in "add the language of a tip")
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import flask_migrate  # type: ignore[import-untyped]

from openbureau.database.schema import MIGRATIONS, migrating, upgrade

versions = MIGRATIONS / "versions"
with tempfile.TemporaryDirectory() as folder:
    url = f"sqlite:///{Path(folder) / 'tips.db'}"
    if any(versions.glob("*.py")):
        upgrade(url)
    app = migrating(url)
    with app.app_context():
        number = 1 + len(list(versions.glob("*.py")))
        flask_migrate.migrate(message=" ".join(sys.argv[1:]), rev_id=f"{number:04}")
subprocess.run([sys.executable, "-m", "ruff", "format", versions], check=True)  # noqa: S603
