"""Waiting for a state and not for a time: what a test expects never depends on how fast the machine is."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 240
"""After which something that should happen is given up: no test passes or fails by how long it took."""

PATIENCE_MS = PATIENCE_SECONDS * 1000

State = TypeVar("State")


def wait_for(look: Callable[[], State], missing: str = "it never happened") -> State:
    """Look again and again until there is something to see, and answer it."""
    ending = time.monotonic() + PATIENCE_SECONDS
    while not (state := look()):
        assert time.monotonic() < ending, missing
        time.sleep(0.01)
    return state
