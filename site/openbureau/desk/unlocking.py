"""The key of the member who is logged in: unlocked with a passphrase, held in memory only, gone when idle.

It lies in the memory of this process encrypted under the token of the session, which only the cookie holds:
neither the database nor a look into the memory between requests gives it away. A restart locks everybody.
"""

import secrets
import threading
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Blueprint, Response, abort, current_app, g, request

from openbureau.database import audit_log, db
from openbureau.desk.cookie import COOKIE, give_cookie
from openbureau.desk.roles import roles
from openbureau.staff import Role, keyring, login
from openbureau.staff.accounts import subject
from openbureau.staff.passwords import BadPassword
from openbureau.tips.sealing import NoRecipients
from openbureau.tips.sealing.recipients import Duty
from openbureau.web import page, recipient_set, see_other, site

bp = Blueprint("unlocking", __name__)

_NONCE_BYTES = 12


class Unlocked:
    """The unlocked keys of one process, by session."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[datetime, bytes]] = {}
        self._lock = threading.Lock()

    def keep(self, token: str, private: str, now: datetime) -> None:
        """Keep a private key for the session of `token`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(_key(token)).encrypt(nonce, private.encode(), None)
        with self._lock:
            self._keys[login.digest(token)] = (now, sealed)

    def get(self, token: str, now: datetime) -> str | None:
        """The key of a session, used within the last idle minutes; every older one is forgotten."""
        with self._lock:
            self._keys = {
                digest: entry for digest, entry in self._keys.items() if now - entry[0] <= login.MAX_IDLE
            }
            entry = self._keys.get(login.digest(token))
            if entry is None:
                return None
            sealed = entry[1]
            self._keys[login.digest(token)] = (now, sealed)
        return AESGCM(_key(token)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()

    def forget(self, token: str) -> None:
        """Lock the key of a session."""
        with self._lock:
            self._keys.pop(login.digest(token), None)


def unlocked() -> Unlocked:
    """The unlocked keys of the current application."""
    keys: Unlocked = current_app.extensions["openbureau-unlocked"]
    return keys


def private_key() -> str:
    """The key of whoever asks; locked, a reader is sent to unlock it and a change is refused (423)."""
    private = unlocked().get(request.cookies.get(COOKIE, ""), site().clock())
    if private is None:
        abort(see_other("unlocking.new") if request.method == "GET" else 423)
    return private


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
    attempts = current_app.extensions["openbureau-attempts"]
    if wait := attempts.wait(f"key {name}", "", now):
        return _form(f"口令输错次数过多，请{int(wait.total_seconds()) + 1}秒后再试。", 429)
    try:
        private = keyring.open_key(g.member, passphrase)
    except (keyring.WrongPassphrase, keyring.NoKey) as error:
        attempts.failed(f"key {name}", "", now)
        with audit_log.change(db.session(), audit_log.minute(now), name, g.member.role) as change:
            change.log("unlock-refused", subject(name))
        return _form(str(error), 422)
    attempts.succeeded(f"key {name}", "")
    role = g.member.role
    with audit_log.change(db.session(), audit_log.minute(now), name, role) as change:
        change.log("unlocked", subject(name))
        fresh = login.rotate(db.session(), token)
    unlocked().forget(token)
    unlocked().keep(fresh, private, now)
    return give_cookie(see_other("queue.index"), fresh)


@bp.post("/lock")
@roles(Role.HANDLER, Role.CUSTODIAN)
def delete() -> Response:
    """Lock the key again."""
    unlocked().forget(request.cookies.get(COOKIE, ""))
    return see_other("queue.index")


@bp.post("/key")
@roles(Role.HANDLER, Role.CUSTODIAN)
def make() -> Response:
    """Make the member's key; it opens tips once the signed set of recipients names it."""
    passphrase = request.form.get("passphrase", "")
    if passphrase != request.form.get("again", ""):
        return _form("两次输入的口令不一样，请重新输入。", 422)
    try:
        members = recipient_set().recipients
        recovery = next(recipient for recipient in members if recipient.duty is Duty.RECOVERY)
        keyring.create_key(db.session(), g.member.name, passphrase, recovery.key, site().clock())
    except (BadPassword, keyring.HasKey, NoRecipients) as error:
        return _form(str(error), 422)
    return see_other("unlocking.new")


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
    )


def _key(token: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"openbureau/desk/unlocked/v1").derive(token.encode())
