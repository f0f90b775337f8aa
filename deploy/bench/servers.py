"""Nodes to measure: each a machine with a shelf of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.nginx import wait_for

ROOT = Path(__file__).resolve().parents[2]
DEMONSTRATION_DAY = "2026-11-30"
"""What the shipped content invents is dated by this day, so that every run measures the same."""
CONF = str(ROOT / "deploy" / "gunicorn.conf.py")


class Node:
    """A machine with the project: its content, its instance, its settings."""

    def __init__(self, content: Path, instance: Path, **settings: str) -> None:
        day = {"DEMONSTRATION_DAY": DEMONSTRATION_DAY}
        own = {"CONTENT": str(content), "INSTANCE": str(instance), **day, **settings}
        self.content = content
        self.instance = instance
        self.env = {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
            **{f"OPENBUREAU_{name}": value for name, value in own.items()},
        }

    def run(self, *command: str) -> str:
        """What a command of the project prints; ends the program when it fails."""
        program = [sys.executable, "-c", "from openbureau.cli import main; main()", *command]
        done = subprocess.run(program, env=self.env, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            sys.exit(f"openbureau {' '.join(command)}: {done.stderr}")
        return done.stdout

    @contextmanager
    def serve(
        self, bind: str, flags: Sequence[str] = ("-c", CONF), app: str = "wsgi:app", path: str = "/readyz"
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Serve at `bind` (gunicorn's words) until the end, from the moment that `path` is answered."""
        command = [sys.executable, "-m", "gunicorn", app, "--bind", bind, *flags]
        server = subprocess.Popen(command, cwd=ROOT, env=self.env, stderr=sys.stderr)  # noqa: S603
        try:
            wait_for(bind, path, server)
            yield server
        finally:
            server.terminate()
            server.wait()
