"""The key of the member who is logged in: unlocked with a passphrase, held in memory only, gone when idle.

It lies in the memory of this process encrypted under the token of the session, which only the cookie holds:
neither the database nor a look into the memory between requests gives it away. Locking takes the token from
the session: it opens nothing any more, in whatever process the key still lies. A restart locks everybody, and
says so.
"""

import re
import secrets
import threading
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Blueprint, Response, abort, current_app, g, request

from openbureau.database import audit_log, db
from openbureau.desk.cookie import COOKIE, give_cookie
from openbureau.desk.roles import roles
from openbureau.staff import Role, keyring, login
from openbureau.staff.accounts import subject
from openbureau.staff.attempts import Attempts, Place
from openbureau.staff.passwords import BadPassword
from openbureau.tips.casework import rewrapping
from openbureau.tips.sealing import NoRecipients, SealingFailed
from openbureau.tips.sealing.recipients import Duty
from openbureau.turns import NoTurn
from openbureau.web import page, recipient_set, see_other, site

bp = Blueprint("unlocking", __name__)

ATTEMPTS_EXTENSION = "openbureau-unlock-attempts"
"""Where the failures at a key are counted, and nothing else."""

RETRY_AFTER = 5
"""Seconds after which a passphrase that was not looked at is worth trying again."""

# Only whoever is logged in guesses at a key: no stranger is to be told from others.
_HERE = Place("", is_known=True)
_NONCE_BYTES = 12
_OPTION = re.compile("[a-z_-]+")


class Unlocked:
    """The unlocked keys of one process, by session; and which sessions were locked by it since it began."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._keys: dict[str, tuple[datetime, bytes]] = {}
        self._locked: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def keep(self, token: str, private: str, now: datetime) -> None:
        """Keep a private key for the session of `token`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(_key(token)).encrypt(nonce, private.encode(), None)
        with self._lock:
            self._keys[login.digest(token)] = (now, sealed)

    def get(self, token: str, now: datetime) -> str | None:
        """The key of a session, used within the last idle minutes; every older one is locked."""
        with self._lock:
            idle = [digest for digest, entry in self._keys.items() if now - entry[0] > login.MAX_IDLE]
            for digest in idle:
                self._keys.pop(digest)
                self._locked[digest] = now
            entry = self._keys.get(login.digest(token))
            if entry is None:
                return None
            sealed = entry[1]
            self._keys[login.digest(token)] = (now, sealed)
        return AESGCM(_key(token)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()

    def forget(self, token: str) -> None:
        """Forget the key of a session whose token is no more."""
        with self._lock:
            self._keys.pop(login.digest(token), None)

    def mark_locked(self, token: str, now: datetime) -> None:
        """Remember that the key of this session was locked on purpose."""
        with self._lock:
            self._locked = {
                digest: at for digest, at in self._locked.items() if now - at <= login.MAX_SESSION
            }
            self._locked[login.digest(token)] = now

    def began_after(self, token: str, begun: datetime) -> bool:
        """Whether this process is younger than a session, and so does not have a key that was unlocked in
        it."""
        digest = login.digest(token)
        with self._lock:
            return begun < self._since and digest not in self._locked and digest not in self._keys


def unlocked() -> Unlocked:
    """The unlocked keys of the current application."""
    keys: Unlocked = current_app.extensions["openbureau-unlocked"]
    return keys


def private_key() -> str:
    """The key of whoever asks; locked, a reader is sent to unlock it and a change is refused (423)."""
    private = unlocked().get(request.cookies.get(COOKIE, ""), site().clock())
    if private is None:
        abort(see_other("unlocking.new") if request.method == "GET" else _locked_page())
    return private


def was_restarted() -> bool:
    """Whether the desk was started anew since whoever asks logged in, so that the key has to be unlocked
    again."""
    begun = datetime.fromtimestamp(g.login.begun_at, UTC)
    return unlocked().began_after(request.cookies.get(COOKIE, ""), begun)


def is_unlocked() -> bool:
    """Whether the key of whoever asks can be used."""
    return unlocked().get(request.cookies.get(COOKIE, ""), site().clock()) is not None


@bp.get("/unlock")
@roles(Role.HANDLER, Role.CUSTODIAN)
def new() -> Response:
    """Form for the passphrase, which is typed, or chosen when there is no key yet."""
    return _form("")


@bp.post("/unlock")
@roles(Role.HANDLER, Role.CUSTODIAN)
def create() -> Response:
    """Unlock the key; the session gets a new token with its new rights."""
    token, now = request.cookies.get(COOKIE, ""), site().clock()
    name, passphrase = g.member.name, request.form.get("passphrase", "")
    attempts = _attempts()
    if wait := attempts.start(name, _HERE, now):
        return _wait(wait)
    try:
        private = keyring.open_key(g.member, passphrase)
    except NoTurn:
        attempts.dropped(name, _HERE, now)
        return _no_turn()
    except (keyring.WrongPassphrase, keyring.NoKey) as error:
        with audit_log.change(db.session(), audit_log.minute(now), name, g.member.role) as change:
            change.log("unlock-refused", subject(name))
        return _form(str(error), 422)
    attempts.succeeded(name, _HERE, now)
    role = g.member.role
    with audit_log.change(db.session(), audit_log.minute(now), name, role) as change:
        change.log("unlocked", subject(name))
        fresh = login.rotate(db.session(), token)
    unlocked().forget(token)
    unlocked().keep(fresh, private, now)
    _settle(private)
    return give_cookie(see_other("queue.index"), fresh)


@bp.post("/lock")
@roles(Role.HANDLER, Role.CUSTODIAN)
def delete() -> Response:
    """Lock the key again: the session goes on with another token."""
    token, now = request.cookies.get(COOKIE, ""), site().clock()
    name, role = g.member.name, g.member.role
    with audit_log.change(db.session(), audit_log.minute(now), name, role) as change:
        change.log("locked", subject(name))
        fresh = login.rotate(db.session(), token)
    unlocked().forget(token)
    unlocked().mark_locked(fresh, now)
    return give_cookie(see_other("queue.index"), fresh)


@bp.post("/key")
@roles(Role.HANDLER, Role.CUSTODIAN)
def make() -> Response:
    """Make the member's key; it opens tips once the signed set of recipients names it."""
    name, passphrase, now = g.member.name, request.form.get("passphrase", ""), site().clock()
    if passphrase != request.form.get("again", ""):
        return _form("两次输入的口令不一样，请重新输入。", 422)
    attempts = _attempts()
    # A passphrase is compared with the password: whoever has only the session must not guess it here.
    if wait := attempts.start(name, _HERE, now):
        return _wait(wait)
    try:
        members = recipient_set().recipients
        recovery = next(recipient for recipient in members if recipient.duty is Duty.RECOVERY)
        keyring.create_key(db.session(), name, passphrase, recovery.key, now)
    except NoTurn:
        attempts.dropped(name, _HERE, now)
        return _no_turn()
    except (BadPassword, keyring.HasKey, NoRecipients) as error:
        return _form(str(error), 422)
    attempts.succeeded(name, _HERE, now)
    return see_other("unlocking.new")


def _attempts() -> Attempts:
    attempts: Attempts = current_app.extensions[ATTEMPTS_EXTENSION]
    return attempts


def _wait(wait: timedelta) -> Response:
    seconds = int(wait.total_seconds()) + 1
    response = _form(f"口令输错次数过多，请{seconds}秒后再试。", 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _no_turn() -> Response:
    response = _form(f"现在同时解锁的太多，这一次没有核对，也不算输错。请{RETRY_AFTER}秒后再试。", 503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _locked_page() -> Response:
    """Words for a change that needs the key, with all that was typed, to be sent again once it is
    unlocked."""
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "form_token" and value.strip()
    ]
    # What was chosen from a list is the key of an option, which says nothing to anybody.
    words = [value for _, value in typed if not _OPTION.fullmatch(value)]
    return page(
        "desk/unlocking/locked.html", status=423, typed=typed, words=words, was_restarted=was_restarted()
    )


def _form(problem: str, status: int = 200) -> Response:
    member = g.member
    try:
        is_recipient = member.public_key in {recipient.key for recipient in recipient_set().recipients}
    except NoRecipients:
        is_recipient = False
    return page(
        "desk/unlocking/new.html",
        status=status,
        problem=problem,
        public_key=member.public_key,
        is_recipient=is_recipient,
        is_open=is_unlocked(),
        was_restarted=was_restarted(),
    )


def _settle(private: str) -> None:
    """Seal anew what waits for this key. What cannot be sealed now waits for the next time."""
    try:
        rewrapping.settle(db.session(), recipient_set(), private, site().clock())
    except SealingFailed as error:
        current_app.logger.error("nothing was sealed anew: %s", error)


def _key(token: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"openbureau/desk/unlocked/v1").derive(token.encode())
