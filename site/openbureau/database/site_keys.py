"""The keys of the site that this database was written with: known by fingerprints, never by themselves.

With another secret no receipt code is found and no second factor opens; with another signing key earlier
receipts look forged. Whoever starts beside a database that was written with another key has to be told.
"""

import hmac
from datetime import date, datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from openbureau.database import Model, audit_log

SECRET = "secret.key"  # noqa: S105 - the name of its file
SIGNING = "signing.key"


class ForeignSecret(RuntimeError):
    """What is stored was written with another secret than the one at hand."""


class AlreadyKnown(RuntimeError):
    """Somebody else noted a key first."""


class SiteKey(Model):
    """One key of the site and the day since which this database knows it; the newest of a name is in force.
    `fingerprint` is that of a secret, or the public half of a signing key; `proof` is what a signing key says
    of those before it (tips/signing_keys.py), empty for a secret. Never altered."""

    __tablename__ = "site_key"
    __table_args__ = {"sqlite_autoincrement": True, "info": audit_log.PROMISED}  # noqa: RUF012

    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    fingerprint: Mapped[str] = mapped_column(String(64))
    since: Mapped[date]
    proof: Mapped[str] = mapped_column(String(88))


def fingerprint(secret: bytes) -> str:
    """Keyed digest by which a secret of 32 random bytes is known again; it gives nothing of it away."""
    return hmac.digest(secret, b"openbureau/database/fingerprint/v1", "sha256").hex()


def known(session: Session, name: str) -> list[SiteKey]:
    """The keys of a name that this database was written with, the earliest first."""
    return list(session.scalars(select(SiteKey).where(SiteKey.name == name).order_by(SiteKey.number)))


def in_force(session: Session, name: str) -> str | None:
    """Fingerprint of the key that this database is written with now; None when it never heard of one."""
    newest = select(SiteKey.fingerprint).where(SiteKey.name == name).order_by(SiteKey.number.desc()).limit(1)
    return session.scalar(newest)


def require_secret(session: Session, secret: bytes) -> None:
    """Raises ForeignSecret when this database was written with another secret."""
    expected = in_force(session, SECRET)
    if expected is not None and not hmac.compare_digest(expected, fingerprint(secret)):
        raise ForeignSecret("secret.key is not the one that this database was written with: restore it")


def note(
    session: Session,
    name: str,
    fingerprint: str,
    since: date,
    at: datetime,
    actor: str,
    *,
    replacing: str | None = None,
    proof: str = "",
) -> None:
    """Write this database with another key from now on, in place of the one known by `replacing`; the log is
    told. Raises AlreadyKnown."""
    with audit_log.change(session, audit_log.minute(at), actor) as change:
        if in_force(session, name) != replacing:
            raise AlreadyKnown(f"this database has got its {name} from another machine: copy it from there")
        key = SiteKey(name=name, fingerprint=fingerprint, since=since, proof=proof)
        session.add(key)
        session.flush()
        change.log("site-key", f"{SiteKey.__tablename__}/{key.number}", key=name)
