"""Turns at the search: a flood of searches, by page, list or feed, must not starve the other pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from werkzeug.exceptions import ServiceUnavailable

AT_ONCE = 2
PATIENCE = 3
"""So many searches at once per process; others wait so many seconds, and are then asked to come back."""

RETRY_AFTER = 5

_turns = BoundedSemaphore(AT_ONCE)


@contextmanager
def search_turn() -> Iterator[None]:
    """Wait for a turn and keep it until the end; raises ServiceUnavailable when none comes."""
    if not _turns.acquire(timeout=PATIENCE):
        raise ServiceUnavailable(retry_after=RETRY_AFTER)
    try:
        yield
    finally:
        _turns.release()
