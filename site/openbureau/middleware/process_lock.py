"""The lock of an instance folder for what must be served by one process: the desk.

Unlocked keys and counted guesses lie in the memory of the process that serves it. Two would not know of each
other, so the second one is refused before it answers anybody.
"""

import fcntl
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE_SECONDS = 5.0
"""How long a process waits for the one before it, which may be about to end."""

_REMEDY = (
    "The desk is one process with threads, whatever WEB_CONCURRENCY says: serve it with `gunicorn -c "
    "deploy/gunicorn.conf.py wsgi:desk`, or with one worker that loads the application itself"
)


class AlreadyServed(RuntimeError):
    """Another process serves the desk of this instance folder."""


class ProcessLockMiddleware:
    """Takes the lock for `app`, and answers 503 in every process that was forked from this one. Raises
    AlreadyServed."""

    def __init__(self, app: "WSGIApplication", file: Path) -> None:
        take_lock(file)
        self._app = app
        self._process = os.getpid()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if os.getpid() == self._process:
            return self._app(environ, start_response)
        start_response("503 Service Unavailable", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{_REMEDY}.\n".encode()]


def take_lock(file: Path, *, for_workers: bool = False) -> None:
    """Take the lock until this process ends. A server takes it `for_workers`: those follow one another at a
    reload, and each serves under the lock of its parent. Raises AlreadyServed."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    ending = time.monotonic() + PATIENCE_SECONDS
    while not _is_taken(lock):
        holder = os.pread(lock, 40, 0).decode()
        if holder == f"server {os.getppid()}":
            os.close(lock)
            return
        if time.monotonic() > ending:
            os.close(lock)
            raise AlreadyServed(f"the desk of {file.parent} is served already, by {holder}. {_REMEDY}")
        time.sleep(0.05)
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{'server' if for_workers else 'process'} {os.getpid()}".encode(), 0)


def _is_taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
