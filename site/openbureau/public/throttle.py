"""Turns: a flood of what takes long, of one kind, must starve neither the other kinds nor the other pages.

What takes more than some fifty milliseconds of the processor runs in a turn of its kind. So many of a kind
run at once in one process, and others wait for a while; where too many wait already, or none gets through,
the answer is 503 with Retry-After.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Literal

from werkzeug.exceptions import ServiceUnavailable

AT_ONCE = 2
PATIENCE = 3
"""So many searches at once per process; others wait so many seconds, and are then asked to come back."""

RETRY_AFTER = 5

MAX_DOWNLOADS, MAX_LISTS, MAX_GUESSES = 1, 1, 1
"""Files, long lists and feeds, and guesses at what was meant that are made at once in one process."""

MAX_WAITING = 1
"""Of files, and of long lists, so many may wait besides; a guess that has to wait is not made."""

Kind = Literal["search", "download", "list", "guess"]


class Turns:
    """The turns of one kind: `at_once` at the same time, and `waiting` besides; None: any number waits."""

    def __init__(self, at_once: int, waiting: int | None) -> None:
        self._turns = BoundedSemaphore(at_once)
        self._places = None if waiting is None else BoundedSemaphore(at_once + waiting)

    @contextmanager
    def take(self, patience: float) -> Iterator[bool]:
        """Keep a turn until the end; whether there was one within so many seconds."""
        if self._places and not self._places.acquire(blocking=False):
            yield False
            return
        try:
            has_turn = self._turns.acquire(timeout=patience)
            try:
                yield has_turn
            finally:
                if has_turn:
                    self._turns.release()
        finally:
            if self._places:
                self._places.release()


_TURNS: Mapping[Kind, Turns] = {
    "search": Turns(AT_ONCE, None),
    "download": Turns(MAX_DOWNLOADS, MAX_WAITING),
    "list": Turns(MAX_LISTS, MAX_WAITING),
    "guess": Turns(MAX_GUESSES, 0),
}


@contextmanager
def turn(kind: Kind) -> Iterator[None]:
    """Wait for a turn and keep it until the end; raises ServiceUnavailable when none comes."""
    with _TURNS[kind].take(PATIENCE) as has_turn:
        if not has_turn:
            raise ServiceUnavailable(retry_after=RETRY_AFTER)
        yield


@contextmanager
def turn_if_free(kind: Kind) -> Iterator[bool]:
    """Keep a turn until the end if there is one at this moment; whether there was."""
    with _TURNS[kind].take(0) as has_turn:
        yield has_turn
