"""Turns at work that takes much memory or processor: so many at once, few wait, the others come back
later."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class NoTurn(Exception):
    """Too many are at it; what was asked for was not begun."""


class Turns:
    """Turns of one process: `at_once` work side by side, `max_waiting` more wait for at most `patience`
    seconds.

    Each who waits holds a thread of the server, and one that waits for ever holds up every page. Of the
    places to wait the last one is kept for whoever is preferred, and they go first.
    """

    def __init__(self, at_once: int, max_waiting: int, patience: float) -> None:
        self.max_threads = at_once + max_waiting
        """Threads that are in a turn or wait for one, at most."""
        self._free = at_once
        self._max_waiting = max_waiting
        self._patience = patience
        self._waiting = self._preferred_waiting = 0
        self._changed = threading.Condition()

    @contextmanager
    def take(self, *, is_preferred: bool = False, patience: float | None = None) -> Iterator[None]:
        """Keep a turn until the end; `patience`, where it is given, is of this one. Raises NoTurn."""
        with self._changed:
            if not self._is_next(is_preferred):
                self._wait(is_preferred, self._patience if patience is None else patience)
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _wait(self, is_preferred: bool, patience: float) -> None:
        if self._waiting >= self._max_waiting - (not is_preferred):
            raise NoTurn
        self._waiting += 1
        self._preferred_waiting += is_preferred
        try:
            if not self._changed.wait_for(lambda: self._is_next(is_preferred), patience):
                raise NoTurn
        finally:
            self._waiting -= 1
            self._preferred_waiting -= is_preferred

    def _is_next(self, is_preferred: bool) -> bool:
        return self._free > 0 and (is_preferred or not self._preferred_waiting)
