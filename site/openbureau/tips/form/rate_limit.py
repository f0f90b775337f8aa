"""Rate limit of tips, counted in memory and for everybody together: nothing about anybody is kept,
and a restart forgets it. When many come, the puzzle gets harder and the way without scripts slower; nobody is
turned away for good.

Each worker has counters of its own: with N workers N times as many tips may come without a proof of work, and
a puzzle gets harder when N times as many came. Both bounds are there to slow a flood down, not to be exact.
"""

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
        """Seconds until a tip without a proof of work may be stored; 0 when one may be now. Nothing is spent:
        what is refused later for another reason takes nothing from the bucket."""
        with self._lock:
            return self._wait()

    def spend_plain(self) -> int:
        """Spend one tip without a proof of work and answer 0; else the seconds to wait before."""
        with self._lock:
            wait = self._wait()
            if not wait:
                self._plain -= 1
            return wait

    def return_plain(self) -> None:
        """Put back what was spent for something that was not stored after all."""
        with self._lock:
            self._plain = min(PLAIN_BURST, self._plain + 1)

    def _wait(self) -> int:
        now = self._clock()
        self._plain = min(PLAIN_BURST, self._plain + (now - self._plain_at) / PLAIN_EVERY_SECONDS)
        self._plain_at = now
        return 0 if self._plain >= 1 else math.ceil((1 - self._plain) * PLAIN_EVERY_SECONDS)
