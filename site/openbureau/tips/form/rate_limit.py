"""Rate limit of tips, counted in memory and for everybody together: nothing about anybody is kept,
and a restart forgets it. When many come, the puzzle gets harder and the way without scripts slower; nobody is
turned away for good."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

CALM_TIPS_PER_HOUR = 5
"""Tips an hour up to which the puzzle is as easy as set; it gets one bit harder with every doubling."""

MAX_HARDER_BITS = 4
"""Bits by which it can get harder at most."""

PLAIN_BURST = 10
"""Tips without a proof of work that may come at once: the capacity of their token bucket."""

PLAIN_EVERY_SECONDS = 120
"""After which one more of them may come: the bucket's refill."""

_HOUR_SECONDS = 3600


class RateLimit:
    """The counters of one process; safe for threads. `clock` tells seconds that never go back."""

    def __init__(self, easiest: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._easiest = easiest
        self._clock = clock
        self._lock = threading.Lock()
        # Only as many as can make a difference are remembered.
        self._seen: deque[float] = deque(maxlen=CALM_TIPS_PER_HOUR << MAX_HARDER_BITS)
        self._plain = float(PLAIN_BURST)
        self._plain_at = clock()

    def bits(self) -> int:
        """Difficulty of a puzzle now: its leading zero bits."""
        with self._lock:
            while self._seen and self._seen[0] <= self._clock() - _HOUR_SECONDS:
                self._seen.popleft()
            harder = math.ceil(math.log2(max(len(self._seen), CALM_TIPS_PER_HOUR) / CALM_TIPS_PER_HOUR))
        return self._easiest + min(harder, MAX_HARDER_BITS)

    def note(self) -> None:
        """One more tip came."""
        with self._lock:
            self._seen.append(self._clock())

    def wait_for_plain(self) -> int:
        """Let one tip without a proof of work through and answer 0; else the seconds to wait before."""
        with self._lock:
            now = self._clock()
            self._plain = min(PLAIN_BURST, self._plain + (now - self._plain_at) / PLAIN_EVERY_SECONDS)
            self._plain_at = now
            if self._plain < 1:
                return math.ceil((1 - self._plain) * PLAIN_EVERY_SECONDS)
            self._plain -= 1
            return 0
