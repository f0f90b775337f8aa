"""Rate limit of guesses: slowed down for whoever fails, never closed for the owner of the account.

Counted in memory only, under digests that a restart forgets. Somebody who guesses from one network waits
longer and longer there, and a network that fails under many names waits as a whole; when an account is being
guessed at from many networks, each new one has one try an hour and the account forty. Whoever comes with a
computer on which the owner has logged in before is counted apart from all of them: no stranger makes that one
wait.
"""

import hmac
import json
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_FAILURES = 5
"""Failures at one place before it has to wait."""

MAX_FAILURES = 10
"""Failures at one place after which it waits for PAUSE."""

PAUSE = timedelta(minutes=15)
MAX_TRIES_PER_HOUR = 40
"""Most tries of strangers at one account that are looked at in an hour."""

MAX_NETWORK_FAILURES = 30
"""Failures of one network within PAUSE, under whatever names, before all of it has to wait."""

MAX_REMEMBERED = 100_000
"""Entries of each kind: more than can be tried within an hour, two hashes at a time."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Place:
    """Where somebody tries from: a network, or a computer that the account knows, each under a name that
    tells nothing about it."""

    name: str
    is_known: bool = False


class Attempts:
    """The failures at one door of one process. What is guessed at elsewhere has an object of its own."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._failures: dict[str, OrderedDict[bytes, list[datetime]]] = {
            kind: OrderedDict() for kind in ("place", "account", "network")
        }
        self._lock = threading.Lock()

    def start(self, account: str, place: Place, now: datetime) -> timedelta:
        """Time to wait before this account may be tried from here. Zero: go on, and it counts as a failure
        until `succeeded` or `dropped` takes it back, so that tries side by side are not more than tries in
        turn."""
        with self._lock:
            here = self._recent("place", self._digest(account, place.is_known, place.name), now)
            waits = [_slowdown(here, now)]
            if not place.is_known:
                tries = self._recent("account", self._digest(account), now)
                elsewhere = _without(tries, here)
                network = self._recent("network", self._digest(place.name), now)
                waits += [
                    _until_fewer(tries, MAX_TRIES_PER_HOUR, _HOUR, now),
                    _until_fewer(elsewhere, FREE_FAILURES, _HOUR, now) if here else timedelta(0),
                    _until_fewer(network, MAX_NETWORK_FAILURES, PAUSE, now),
                ]
            wait = max(waits)
            if wait > timedelta(0):
                return wait
            for kind, digest in self._counted(account, place):
                self._remember(kind, digest, [*self._recent(kind, digest, now), now])
            return timedelta(0)

    def succeeded(self, account: str, place: Place, at: datetime) -> None:
        """Take back a try that was right: its owner is here, and whatever failed here before was theirs."""
        self.dropped(account, place, at)
        with self._lock:
            here = self._failures["place"].pop(self._digest(account, place.is_known, place.name), [])
            if not place.is_known:
                tries = self._failures["account"].get(self._digest(account), [])
                tries[:] = _without(tries, here)

    def dropped(self, account: str, place: Place, at: datetime) -> None:
        """Take back a try that was not looked at."""
        with self._lock:
            for kind, digest in self._counted(account, place):
                failures = self._failures[kind].get(digest, [])
                if at in failures:
                    failures.remove(at)

    def _counted(self, account: str, place: Place) -> list[tuple[str, bytes]]:
        """What a failure counts for."""
        here = [("place", self._digest(account, place.is_known, place.name))]
        if place.is_known:
            return here
        return [*here, ("account", self._digest(account)), ("network", self._digest(place.name))]

    def _recent(self, kind: str, digest: bytes, now: datetime) -> list[datetime]:
        return [at for at in self._failures[kind].get(digest, []) if abs(now - at) < _HOUR]

    def _remember(self, kind: str, digest: bytes, failures: list[datetime]) -> None:
        # Only what was tried takes room, and the least recently tried is forgotten: whoever is refused anyway
        # can push nothing out with made-up names.
        remembered = self._failures[kind]
        remembered[digest] = failures
        remembered.move_to_end(digest)
        if len(remembered) > MAX_REMEMBERED:
            remembered.popitem(last=False)

    def _digest(self, *key: object) -> bytes:
        """A key as it is remembered; its parts cannot run into one another."""
        return hmac.digest(self._key, json.dumps(key).encode(), "sha256")[:16]


def _slowdown(failures: list[datetime], now: datetime) -> timedelta:
    if len(failures) >= MAX_FAILURES:
        return failures[-1] + PAUSE - now
    if len(failures) >= FREE_FAILURES:
        return failures[-1] + timedelta(seconds=min(60, 2 ** (len(failures) - FREE_FAILURES))) - now
    return timedelta(0)


def _until_fewer(failures: list[datetime], most: int, within: timedelta, now: datetime) -> timedelta:
    """Time until fewer than `most` failures lie within this time."""
    return failures[-most] + within - now if len(failures) >= most else timedelta(0)


def _without(failures: list[datetime], others: list[datetime]) -> list[datetime]:
    rest = list(failures)
    for at in others:
        if at in rest:
            rest.remove(at)
    return rest
