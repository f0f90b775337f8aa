"""Rate limit of login attempts: slowed down for whoever fails, and never closed for the account itself.

Counted in memory only, under keys that a restart forgets; no address is kept. Somebody who guesses from one
place waits longer and longer there; when an account is being guessed at from many places, each new place has
one try an hour and the account forty; a place from which its owner has logged in before goes on.
"""

import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FREE_FAILURES = 5
"""Failures from one place before it has to wait."""

MAX_FAILURES = 10
"""Failures from one place after which it waits for PAUSE."""

PAUSE = timedelta(minutes=15)
MAX_TRIES_PER_HOUR = 40
"""Most tries of one account that are looked at in an hour."""

_HOUR = timedelta(hours=1)
_MAX_REMEMBERED = 10_000


@dataclass
class _Network:
    failures: int = 0
    wait_until: datetime | None = None
    is_trusted: bool = False


@dataclass
class _Account:
    failed_at: list[datetime] = field(default_factory=list)


class Attempts:
    """The failures of one process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._networks: OrderedDict[bytes, _Network] = OrderedDict()
        self._accounts: OrderedDict[bytes, _Account] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, network: str, now: datetime) -> timedelta:
        """Time this network has to wait before it may try this account; zero: go on."""
        with self._lock:
            here, account = self._find(name, network)
            recent = self._recent(account, now)
            if here.wait_until is not None and now < here.wait_until:
                return here.wait_until - now
            if here.is_trusted:
                return timedelta(0)
            if len(recent) >= MAX_TRIES_PER_HOUR or (len(recent) >= FREE_FAILURES and here.failures):
                return max(recent[0] + _HOUR - now, timedelta(seconds=1))
            return timedelta(0)

    def failed(self, name: str, network: str, now: datetime) -> None:
        """Remember that a try failed."""
        with self._lock:
            here, account = self._find(name, network)
            here.failures += 1
            account.failed_at.append(now)
            if here.failures >= MAX_FAILURES:
                here.wait_until = now + PAUSE
            elif here.failures >= FREE_FAILURES:
                here.wait_until = now + timedelta(seconds=min(60, 2 ** (here.failures - FREE_FAILURES)))

    def succeeded(self, name: str, network: str) -> None:
        """Remember that the owner of the account is at this place."""
        with self._lock:
            here, _ = self._find(name, network)
            here.failures, here.wait_until, here.is_trusted = 0, None, True

    def _find(self, name: str, network: str) -> tuple[_Network, _Account]:
        here = self._networks.setdefault(self._digest(f"{name}\n{network}"), _Network())
        account = self._accounts.setdefault(self._digest(name), _Account())
        self._networks.move_to_end(self._digest(f"{name}\n{network}"))
        self._accounts.move_to_end(self._digest(name))
        for remembered in (self._networks, self._accounts):
            # The least recently tried are forgotten: guessing at made-up names must not fill the memory.
            while len(remembered) > _MAX_REMEMBERED:
                remembered.popitem(last=False)
        return here, account

    def _recent(self, account: _Account, now: datetime) -> list[datetime]:
        account.failed_at = [at for at in account.failed_at if now - at < _HOUR]
        return account.failed_at

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), "sha256")[:8]
