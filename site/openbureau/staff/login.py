"""In and out of the desk: password and second factor, then a session."""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.staff import second_factor
from openbureau.staff.accounts import StaffMember, StaffSession, subject
from openbureau.staff.passwords import matches, waste_time

MAX_IDLE = timedelta(minutes=15)
MAX_SESSION = timedelta(hours=8)

EARLIER_SECRET = "earlier-secret"  # noqa: S105 - a word of the log
"""Why a login is refused whose second factor was encrypted under a secret that was lost."""

_MAX_SKEW = timedelta(minutes=1)


def log_in(
    session: Session,
    secret: bytes,
    name: str,
    password: str,
    code: str,
    now: datetime,
    *,
    is_preferred: bool = False,
) -> str | None:
    """A fresh session token, or None; any earlier session of the account ends. An unknown name costs the same
    one hash as a wrong password, and what was wrong is not told. `name` is spelled as accounts.login_name
    does. Raises NoTurn when too many are at it; whoever is preferred goes first."""
    credentials = session.execute(
        select(StaffMember.id, StaffMember.password_hash, StaffMember.totp, StaffMember.is_disabled).where(
            StaffMember.name == name
        )
    ).one_or_none()
    # A hash takes long, and until then every writer would wait: whoever guesses must not hold up tips.
    session.rollback()
    if credentials is None:
        waste_time(password, is_preferred=is_preferred)
        return None
    is_right = matches(credentials.password_hash, password, is_preferred=is_preferred)
    try:
        shared = second_factor.decrypt(secret, name, credentials.totp)
    except second_factor.WrongSecret:
        # The site has got a new secret since: the account waits to be renewed.
        with audit_log.change(session, audit_log.minute(now), name) as change:
            change.log("login-refused", subject(name), why=EARLIER_SECRET)
        return None
    with audit_log.change(session, audit_log.minute(now), name) as change:
        member = session.get_one(StaffMember, credentials.id)
        # Read inside the change: of two posts of one code only the first may count.
        step = second_factor.step_of(shared, code, now, member.last_step)
        change.role = member.role
        if not is_right or step is None or member.is_disabled:
            change.log("login-refused", subject(name))
            return None
        member.last_step = step
        session.execute(delete(StaffSession).where(StaffSession.staff_id == member.id))
        token = _open(session, member, now)
        change.log("login", subject(name))
    return token


def resume(session: Session, token: str, now: datetime) -> tuple[StaffMember, StaffSession] | None:
    """Account and session of a token; None, and the session is gone, after 15 idle minutes or 8 hours."""
    login = session.get(StaffSession, digest(token))
    if login is None:
        return None
    begun = datetime.fromtimestamp(login.begun_at, UTC)
    seen = datetime.fromtimestamp(login.seen_at, UTC)
    member = session.get_one(StaffMember, login.staff_id)
    # A clock that was set back must not make a session live longer; requests side by side differ by moments.
    is_over = not -_MAX_SKEW <= now - seen <= MAX_IDLE or now - begun > MAX_SESSION
    if member.is_disabled or is_over:
        with audit_log.change(session, audit_log.minute(now)) as change:
            _end(session, token)
            change.log("session-ended", subject(member.name))
        return None
    login.seen_at = max(login.seen_at, now.timestamp())
    session.commit()
    return member, login


def rotate(session: Session, token: str) -> str:
    """A new token for the same session, after a gain or a loss of rights and inside the change that tells of
    it: the old one opens nothing any more, in whatever process its key lies unlocked. Forms that are open in
    the browser go on to count."""
    login = session.get_one(StaffSession, digest(token))
    fresh = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_digest=digest(fresh),
            staff_id=login.staff_id,
            form_token=login.form_token,
            begun_at=login.begun_at,
            seen_at=login.seen_at,
        )
    )
    session.delete(login)
    return fresh


def log_out(session: Session, token: str, member: StaffMember, now: datetime) -> None:
    """End a session of an account."""
    with audit_log.change(session, audit_log.minute(now), member.name, member.role) as change:
        _end(session, token)
        change.log("logout", subject(member.name))


def digest(token: str) -> str:
    """Digest by which a session is stored and found: never by its token."""
    return sha256(token.encode()).hexdigest()


def _end(session: Session, token: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.token_digest == digest(token)))


def _open(session: Session, member: StaffMember, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    moment = now.timestamp()
    session.add(
        StaffSession(
            token_digest=digest(token),
            staff_id=member.id,
            form_token=secrets.token_urlsafe(32),
            begun_at=moment,
            seen_at=moment,
        )
    )
    return token
