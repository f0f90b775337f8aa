"""Is the account that a parent was told the supervised one? The number typed is compared and forgotten.

Every number is answered, however many wrong ones come: no stranger can close the check for parents. Whoever
guesses is held back where networks are known, by nginx: docs/decisions/0063.
"""

from dataclasses import dataclass

from flask import current_app

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

STATUS = {AccountMatch.UNCLEAR: 422}
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


def check(institution: Institution, typed: str) -> Check:
    """Compare what was typed with the account on the list."""
    try:
        number = normalised(typed)
    except BadAccount as error:
        return Check(AccountMatch.UNCLEAR, str(error))
    key = _key()
    if key is None or not institution.escrow_digest:
        return Check(AccountMatch.UNABLE)
    is_same = key.matches(number, institution.escrow_digest)
    return Check(AccountMatch.SAME if is_same else AccountMatch.OTHER)


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
