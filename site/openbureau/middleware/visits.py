"""How many pages were read and by how many people a day: two numbers, without cookies and without addresses.

Who came is known only within a day, in memory, as a digest under a salt that nobody wrote down and that the
next day replaces: no address is ever on a disk, and nobody can be followed from one day to the next.
"""

import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WRITE_DELAY_SECONDS = 1.0
"""Until counts are written: several at once cost as much as one."""

MAX_VISITORS = 1_000_000
"""Visitors of a day that one process tells apart; more than a city's parents, and 60 MB at the most."""

ROBOTS = ("bot", "spider", "crawl", "slurp", "curl", "wget", "python", "monitor")
"""Programs that say in their name that nobody reads what they fetch."""

log = logging.getLogger(__name__)

_TABLE = """
CREATE TABLE IF NOT EXISTS visits (
    day TEXT PRIMARY KEY, views INTEGER NOT NULL, visitors INTEGER NOT NULL
) WITHOUT ROWID
"""
_ADD = """
INSERT INTO visits VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET views = views + excluded.views, visitors = visitors + excluded.visitors
"""
_OF_YEAR = "SELECT count(*), coalesce(sum(views), 0), coalesce(sum(visitors), 0) FROM visits WHERE day LIKE ?"


@dataclass(frozen=True)
class YearVisits:
    """The visits of a year: on how many `days` anything was counted, `views` of pages, and `visitors`.

    `visitors` are the sum of the days' (somebody who comes on two days counts twice), at most: a process that
    was started again counts those of the day anew. None if the front server tells nobody's address.
    """

    days: int
    views: int
    visitors: int | None


class Visits:
    """The two numbers of every day, in one small file beside the other things of a machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, day: date, views: int, visitors: int) -> None:
        """Count; raises sqlite3.Error when the file cannot be written."""
        with self._opened() as database:
            database.execute(_ADD, (day.isoformat(), views, visitors))

    def of_year(self, year: int) -> YearVisits:
        """What was counted in a year."""
        if not self._path.exists():
            return YearVisits(0, 0, None)
        with self._opened() as database:
            days, views, visitors = database.execute(_OF_YEAR, (f"{year:04}-%",)).fetchone()
        return YearVisits(days, views, visitors or None)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=0.5)) as database, database:
            database.execute(_TABLE)
            yield database


class VisitsMiddleware:
    """WSGI: counts the pages that `app` gives to browsers, whichever they are."""

    def __init__(self, app: "WSGIApplication", visits: Visits, today: Callable[[], date]) -> None:
        self._app = app
        self._visits = visits
        self._today = today
        self._lock = threading.Lock()
        self._day: date | None = None
        self._salt = b""
        self._visitor_digests: set[bytes] = set()
        self._views = self._visitors = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as `app` does."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if status[:3] in ("200", "304"):
                self._note(environ)
            return start_response(status, headers, *rest)

        return self._app(environ, start if _is_visit(environ) else start_response)

    def write(self) -> None:
        """Write what was counted until now."""
        with self._lock:
            day, views, visitors = self._day, self._views, self._visitors
            self._views = self._visitors = 0
        self._write(day, views, visitors)

    def _note(self, environ: "WSGIEnvironment") -> None:
        today = self._today()
        with self._lock:
            if today != self._day:
                before = self._day, self._views, self._visitors
                self._day, self._salt, self._visitor_digests = today, os.urandom(16), set()
                self._views = self._visitors = 0
            else:
                before = None, 0, 0
            is_first = not self._views
            self._views += 1
            visitor = _visitor(environ, self._salt)
            if visitor and visitor not in self._visitor_digests and len(self._visitor_digests) < MAX_VISITORS:
                self._visitor_digests.add(visitor)
                self._visitors += 1
        self._write(*before)
        if is_first:
            threading.Timer(WRITE_DELAY_SECONDS, self.write).start()

    def _write(self, day: date | None, views: int, visitors: int) -> None:
        if day is None or not views:
            return
        try:
            self._visits.add(day, views, visitors)
        except sqlite3.Error as error:
            log.warning("%s visits were not counted: %s", views, error)


def _is_visit(environ: "WSGIEnvironment") -> bool:
    """Whether a browser asks for a page: no part of one, no file, no feed, and no robot."""
    agent = environ.get("HTTP_USER_AGENT", "").lower()
    return (
        environ["REQUEST_METHOD"] == "GET"
        and "text/html" in environ.get("HTTP_ACCEPT", "")
        and "HTTP_HX_REQUEST" not in environ
        and not any(robot in agent for robot in ROBOTS)
    )


def _visitor(environ: "WSGIEnvironment", salt: bytes) -> bytes:
    """Who that is, for today; empty where the address is that of a front server on the same machine."""
    address = environ.get("REMOTE_ADDR", "")
    if address in ("", "::1") or address.startswith("127."):
        return b""
    visitor = f"{address}\0{environ.get('HTTP_USER_AGENT', '')}"
    return hashlib.blake2b(visitor.encode(), key=salt, digest_size=8).digest()
