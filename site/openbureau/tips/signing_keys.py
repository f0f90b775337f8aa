"""The keys that signed receipts and heads of the log, one after the other, as this database knows them.

Each key signs the list of those before it. So nobody without the present key can put an earlier one of their
own in front of it, and pass off a log that they wrote anew as signed by that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from openbureau.database import site_keys
from openbureau.database.audit_log import LogEntry
from openbureau.database.site_keys import SiteKey
from openbureau.tips.sealing import signing
from openbureau.tips.sealing.signing import BadSignature

PURPOSE = "signing-key"


@dataclass(frozen=True)
class SigningKey:
    """Public key, the day and the entry of the log (0 for the first) since which it signs, and whether it
    knows those before it."""

    public: str
    since: date
    seq: int
    is_proved: bool


def note(session: Session, private: bytes, since: date, at: datetime, actor: str) -> None:
    """Sign with a key from now on, after those that the database knows; the log is told."""
    earlier = public_keys(session)
    session.rollback()
    site_keys.note(
        session,
        site_keys.SIGNING,
        signing.public_key(private),
        since,
        at,
        actor,
        replacing=earlier[-1] if earlier else None,
        proof=signing.sign(private, PURPOSE, {"earlier": earlier}),
    )


def public_keys(session: Session) -> list[str]:
    """The public keys that this database knows, the earliest first."""
    return [key.fingerprint for key in site_keys.known(session, site_keys.SIGNING)]


def history(session: Session) -> list[SigningKey]:
    """The keys that this database knows, the earliest first."""
    keys: list[SigningKey] = []
    for row in site_keys.known(session, site_keys.SIGNING):
        entry = select(LogEntry.seq).where(LogEntry.subject == f"{SiteKey.__tablename__}/{row.number}")
        seq = (session.scalar(entry.order_by(LogEntry.seq).limit(1)) or 0) if keys else 0
        keys.append(SigningKey(row.fingerprint, row.since, seq, _is_proved(row, keys)))
    return keys


def signer_of(keys: Sequence[SigningKey], seq: int) -> str:
    """The public key that signs a head at this number."""
    return [key.public for key in keys if key.seq <= seq][-1]


def _is_proved(row: SiteKey, earlier: Sequence[SigningKey]) -> bool:
    try:
        statement = {"earlier": [key.public for key in earlier]}
        signing.check(row.fingerprint, PURPOSE, statement, row.proof)
    except (BadSignature, signing.BadSigningKey):
        return False
    return True
