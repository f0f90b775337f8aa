"""The query log, for editors: words and months are counted, never who asked, where from or when exactly.

A query that was rare in a month says more of somebody than of the public: it is not shown, and forgotten when
the month is over.
"""

import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

MIN_TIMES = 3
"""How often a query must have come in a month to stay beyond it, or shown at all."""

MAX_MONTHS = 12
"""How long counts are kept."""

DELAY_SECONDS = 1.0
"""How long a count may wait until it is written."""

log = logging.getLogger(__name__)

_TABLE = """
CREATE TABLE IF NOT EXISTS searches (
    month TEXT NOT NULL, query TEXT NOT NULL, times INTEGER NOT NULL, without_result INTEGER NOT NULL,
    PRIMARY KEY (month, query)
) WITHOUT ROWID
"""
_NOTE = """
INSERT INTO searches VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET times = times + excluded.times,
    without_result = without_result + excluded.without_result
"""
_FORGET = "DELETE FROM searches WHERE month < ? OR (month < ? AND times < ?)"
_FREQUENT = """
SELECT query, times, without_result FROM searches WHERE month = ? AND times >= ? ORDER BY times DESC, query
"""


@dataclass(frozen=True)
class LoggedQuery:
    """A query, how often it came in a month, and how often nothing was found."""

    query: str
    times: int
    without_result: int


class QueryLog:
    """The counts, in one small file beside the other things of a machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, query: str, has_result: bool, today: date) -> None:
        """Count a query; raises sqlite3.Error when the file cannot be written."""
        self.record_all({(query, has_result, today): 1})

    def record_all(self, counts: Mapping[tuple[str, bool, date], int]) -> None:
        """Count several at once, each as often as it came: query, whether something was found, day."""
        with self._opened() as database:
            for (query, has_result, today), times in counts.items():
                newest = database.execute("SELECT max(month) FROM searches").fetchone()[0]
                database.execute(_NOTE, (_month(today), query, times, 0 if has_result else times))
                if newest and newest < _month(today):
                    database.execute(_FORGET, (_months_before(today, MAX_MONTHS), _month(today), MIN_TIMES))

    def of_month(self, day: date) -> list[LoggedQuery]:
        """What was searched for in the month of `day`, the most frequent first, without what was rare."""
        if not self._path.exists():
            return []
        with self._opened() as database:
            return [LoggedQuery(*row) for row in database.execute(_FREQUENT, (_month(day), MIN_TIMES))]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        # Half a second: a count is not worth keeping a visitor waiting.
        with closing(sqlite3.connect(self._path, timeout=0.5)) as database, database:
            database.execute(_TABLE)
            yield database


class BufferedQueryLog:
    """Counts that are written together, a little after the first of them: an answer that is ready costs less
    than a line in a file.
    """

    def __init__(self, log: QueryLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, bool, date]] = Counter()

    def record(self, query: str, has_result: bool, today: date) -> None:
        """Count a query within a second, also when the process ends meanwhile."""
        with self._lock:
            is_first = not self._counts
            self._counts[query, has_result, today] += 1
        if is_first:
            threading.Timer(DELAY_SECONDS, self.write).start()

    def write(self) -> None:
        """Write what was counted until now."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        try:
            self._log.record_all(counts)
        except sqlite3.Error as error:
            log.warning("%s searches were not counted: %s", counts.total(), error)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _months_before(day: date, months: int) -> str:
    number = day.year * 12 + day.month - 1 - months
    return f"{number // 12:04}-{number % 12 + 1:02}"
