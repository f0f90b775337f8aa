"""Computers on which the owner of an account has logged in: each holds a signed token in a cookie.

A token tells nothing: it is bound to the account by what the server adds when it checks it, and to the
password's hash, so that it ends with the password. It opens nothing; attempts with it are counted apart
(staff/attempts.py).
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.orm import Session

from openbureau.staff.accounts import StaffMember

MAX_KNOWN = timedelta(days=180)
"""How long a computer is known after a login on it."""

MAX_ACCOUNTS = 4
"""Accounts that may share a computer; the one that was used longest ago is forgotten."""

_SEPARATOR = "~"
_MAX_SKEW = timedelta(minutes=5)


def recognise(session: Session, secret: bytes, tokens: str, name: str, now: datetime) -> str:
    """The id of the computer, if one of the tokens in its cookie belongs to this account; else empty."""
    if not tokens:
        return ""
    binding = _binding(session, secret, name)
    return next((token for token in _split(tokens) if _holds(token, binding, now)), "").partition(".")[0]


def remember(session: Session, secret: bytes, tokens: str, name: str, now: datetime) -> str:
    """The tokens for the cookie of a computer on which this account has just logged in."""
    binding = _binding(session, secret, name)
    others = [token for token in _split(tokens) if not _holds(token, binding, now)]
    begun = f"{secrets.token_urlsafe(16)}.{int(now.timestamp())}"
    return _SEPARATOR.join([f"{begun}.{_sign(binding, begun)}", *others][:MAX_ACCOUNTS])


def _binding(session: Session, secret: bytes, name: str) -> bytes:
    """The key under which the tokens of an account are signed. An unknown name and a closed account have one,
    too, which signs nothing: no clock tells them from others."""
    account = session.execute(
        select(StaffMember.id, StaffMember.password_hash).where(
            StaffMember.name == name, StaffMember.is_disabled.is_(False)
        )
    ).one_or_none()
    # Nothing is held up while a hash is made after this.
    session.rollback()
    number, password_hash = account or (secrets.token_urlsafe(8), "")
    key = HKDF(SHA256(), 32, salt=None, info=b"openbureau/staff/known-computer/v1").derive(secret)
    return hmac.digest(key, f"{number} {password_hash}".encode(), "sha256")


def _holds(token: str, binding: bytes, now: datetime) -> bool:
    begun, _, signature = token.rpartition(".")
    _, _, moment = begun.partition(".")
    if not hmac.compare_digest(_sign(binding, begun).encode(), signature.encode()) or not moment.isdigit():
        return False
    return -_MAX_SKEW <= now - datetime.fromtimestamp(int(moment), UTC) <= MAX_KNOWN


def _sign(binding: bytes, begun: str) -> str:
    return hmac.digest(binding, begun.encode(), "sha256").hex()


def _split(tokens: str) -> list[str]:
    return tokens.split(_SEPARATOR)[:MAX_ACCOUNTS]
