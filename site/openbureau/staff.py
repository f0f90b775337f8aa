"""Staff accounts of the desk: passwords and sessions. No account exists until somebody makes one."""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from openbureau.database import Model

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128

# argon2id, 64 MiB, three passes (RFC 9106; OWASP's floor is 19 MiB).
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


class BadPassword(ValueError):
    """The password is too short or too long."""


class BadName(ValueError):
    """The login name is empty or has blanks around it, which the login form would drop."""


class NameTaken(ValueError):
    """Somebody already has this login name."""


class StaffMember(Model):
    """Someone who may enter the desk."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]


class StaffSession(Model):
    """One login. Only the digest of its token is kept, so that a copy of the database opens nothing."""

    __tablename__ = "staff_sessions"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    form_token: Mapped[str]
    begun_at: Mapped[float]
    seen_at: Mapped[float]


def add_member(session: Session, name: str, password: str) -> StaffMember:
    """Make an account; raises BadName, BadPassword or NameTaken."""
    if not name or name != name.strip():
        raise BadName("a login name is not empty and has no blanks before or after it")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadPassword(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    if session.scalar(select(StaffMember).where(StaffMember.name == name)):
        raise NameTaken(f"there is already an account {name}")
    member = StaffMember(name=name, password_hash=_hasher.hash(password))
    session.add(member)
    session.commit()
    return member


def log_in(session: Session, name: str, password: str, now: datetime) -> str | None:
    """A fresh session token, or None. An unknown name costs the same one hash as a wrong password."""
    found = session.execute(
        select(StaffMember.id, StaffMember.password_hash).where(StaffMember.name == name)
    ).one_or_none()
    # A hash takes long, and until then every writer would wait: whoever guesses must not hold up tips.
    session.rollback()
    tried = password[: LONGEST_PASSWORD + 1]
    if found is None:
        _hasher.hash(tried)
        return None
    try:
        _hasher.verify(found.password_hash, tried)
    except VerifyMismatchError:
        return None
    token = secrets.token_urlsafe(32)
    moment = now.timestamp()
    session.add(
        StaffSession(
            token_digest=_digest(token),
            staff_id=found.id,
            form_token=secrets.token_urlsafe(32),
            begun_at=moment,
            seen_at=moment,
        )
    )
    session.commit()
    return token


def resume(session: Session, token: str, now: datetime) -> tuple[StaffMember, StaffSession] | None:
    """Who a token belongs to; None, and the session is gone, after 15 idle minutes or 8 hours."""
    login = session.get(StaffSession, _digest(token))
    if login is None:
        return None
    begun = datetime.fromtimestamp(login.begun_at, UTC)
    seen = datetime.fromtimestamp(login.seen_at, UTC)
    member = session.get(StaffMember, login.staff_id)
    if member is None or now - seen > IDLE or now - begun > LONGEST:
        session.delete(login)
        session.commit()
        return None
    login.seen_at = now.timestamp()
    session.commit()
    return member, login


def log_out(session: Session, token: str) -> None:
    """End a session."""
    login = session.get(StaffSession, _digest(token))
    if login is not None:
        session.delete(login)
        session.commit()


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
