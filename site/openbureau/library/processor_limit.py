"""The last wall around the reading of a file: seconds of the processor, however fast it is.

What a file may hold is bounded by what is counted in it (formats/markdown.py and others), with words for its
author. This is for what nobody thought of: rather a file refused than a publisher that never ends.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

MAX_FILE_SECONDS = 120
"""Of the processor, for one file: fifty times what the worst one takes that is let in."""


class OutOfTime(BaseException):
    """A file took the processor longer than it may. No Exception: a parser that goes on after any of those
    would go on after this one, too."""


@contextmanager
def limited() -> Iterator[None]:
    """Raise OutOfTime in the block when it has used MAX_FILE_SECONDS of the processor.

    Outside the main thread, where no signal arrives, nothing is limited: publishing runs in it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _end)
    signal.setitimer(signal.ITIMER_VIRTUAL, MAX_FILE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _end(_: int, __: FrameType | None) -> None:
    raise OutOfTime
