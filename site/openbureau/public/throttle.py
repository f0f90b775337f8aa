"""Turns: a flood of what takes long, of one kind, must starve neither the other kinds nor the other pages.

What takes more than some fifty milliseconds of the processor runs in a turn of its kind. So many of a kind
run at once in one process, and others wait for a while; where too many wait already, or none gets through,
the answer is 503 with Retry-After.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from werkzeug.exceptions import ServiceUnavailable

from openbureau.turns import NoTurn, Turns

AT_ONCE = 2
PATIENCE = 3
"""So many searches at once per process; others wait so many seconds, and are then asked to come back."""

RETRY_AFTER = 5

MAX_WAITING_SEARCHES = 64
"""Searches are short: each thread of a server may wait for one."""

MAX_WAITING = 1
"""Of what takes long so many wait in a process, whose other threads are left to the other pages."""

Kind = Literal["search", "list", "download", "guess"]

_searches = Turns(AT_ONCE, MAX_WAITING_SEARCHES, PATIENCE)
_lists = Turns(1, MAX_WAITING, PATIENCE)
_downloads = Turns(1, MAX_WAITING, PATIENCE)
_guesses = Turns(1, 0, PATIENCE)

_TURNS: Mapping[Kind, Turns] = {
    "search": _searches,
    "list": _lists,
    "download": _downloads,
    "guess": _guesses,
}
"""Of each kind: `list` is a page, feed or answer of the API that looks at very many records."""


@contextmanager
def turn(kind: Kind) -> Iterator[None]:
    """Wait for a turn and keep it until the end; raises ServiceUnavailable when none comes."""
    try:
        # Everybody is alike here: the place that is kept for some is everybody's.
        with _TURNS[kind].take(is_preferred=True, patience=PATIENCE):
            yield
    except NoTurn:
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from None


@contextmanager
def turn_if_free(kind: Kind) -> Iterator[bool]:
    """Keep a turn until the end if there is one at this moment; whether there was."""
    try:
        with _TURNS[kind].take(is_preferred=True, patience=0):
            yield True
    except NoTurn:
        yield False
