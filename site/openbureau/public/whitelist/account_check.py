"""Is the account that a parent was told the supervised one? The number typed is compared and forgotten."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app

from openbureau.library.whitelist.editions import Institution
from openbureau.library.whitelist.escrow_accounts import (
    AccountKey,
    AccountMatch,
    BadAccount,
    BadKey,
    normalised,
    read_key,
)
from openbureau.web import publication, site

MAX_WRONG_ANSWERS = 30
"""Wrong numbers for one institution in one minute, in one process.

The last four digits are public, and where bank and branch can be guessed, too, perhaps a million numbers are
left: at this pace they last three weeks. What would be found is a number that the institution tells everybody
who wants to pay; no account can be drawn on with it. That is not worth knowing visitors by their addresses.
"""


STATUS = {AccountMatch.UNCLEAR: 422, AccountMatch.TOO_MANY: 429}
"""The status of an answer that is none; the others are 200."""


@dataclass(frozen=True)
class Check:
    """The outcome, and for a parent who typed something else what to do about it."""

    outcome: AccountMatch
    problem: str = ""

    @property
    def status(self) -> int:
        """The status of the page that tells it."""
        return STATUS.get(self.outcome, 200)


class _Wrong:
    """The wrong numbers of the current minute, by institution."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def count(self, slug: str, now: datetime) -> int:
        minute = int(now.timestamp() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, Counter()
        return self._counts[slug]

    def add(self, slug: str) -> None:
        self._counts[slug] += 1


def init_app(app: Flask) -> None:
    """Begin to count wrong numbers."""
    app.extensions["wrong_accounts"] = _Wrong()


def check(institution: Institution, typed: str) -> Check:
    """Compare what was typed with the account on the list."""
    try:
        number = normalised(typed)
    except BadAccount as error:
        return Check(AccountMatch.UNCLEAR, str(error))
    key = _key()
    if key is None or not institution.escrow_digest:
        return Check(AccountMatch.UNABLE)
    wrong = cast(_Wrong, current_app.extensions["wrong_accounts"])
    if wrong.count(institution.slug, site().clock()) >= MAX_WRONG_ANSWERS:
        return Check(AccountMatch.TOO_MANY)
    if key.matches(number, institution.escrow_digest):
        return Check(AccountMatch.SAME)
    wrong.add(institution.slug)
    return Check(AccountMatch.OTHER)


def _key() -> AccountKey | None:
    """The key that the publication's digests were made under; None when this machine has not that one.

    Under another key every number would be called wrong.
    """
    try:
        key = read_key(site().settings.account_key_file)
    except (BadKey, OSError) as error:
        current_app.logger.error("account numbers are not compared: %s", type(error).__name__)
        return None
    if key is None or key.fingerprint != publication().account_key:
        current_app.logger.error(
            "account numbers are not compared: the publication was made under another key"
        )
        return None
    return key
