"""The keys of handlers and custodians: made at the desk, stored only wrapped.

The private key is wrapped twice: under a passphrase of its owner (argon2id, 256 MiB, three passes, then
AES-256-GCM), and as an age file for the recovery key, so that a forgotten passphrase loses no case. age's own
passphrase mode is not used: it takes seconds and 770 MiB in the process that answers.
"""

import secrets
from datetime import datetime

import pyrage  # type: ignore[import-untyped]
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.staff.accounts import StaffMember, end_sessions, find, list_members, subject
from openbureau.staff.passwords import MIN_PASSWORD_CHARACTERS, BadPassword, matches
from openbureau.turns import Turns

_SALT_BYTES = 16
_NONCE_BYTES = 12
# One at a time: each takes 256 MiB. Two may wait, the others come back.
_turns = Turns(1, 2, 5)


class WrongPassphrase(ValueError):
    """The passphrase does not open the key."""


class HasKey(ValueError):
    """The account has a key already."""


class NoKey(LookupError):
    """The account has no key yet."""


def create_key(session: Session, name: str, passphrase: str, recovery: str, at: datetime) -> str:
    """Make the key of an account and return its public half; the recipient set has to name it before any tip
    is sealed to it. `recovery` is the recovery key's public half. Raises BadPassword, NoTurn, or HasKey: a
    key that opens cases is not thrown away."""
    identity = pyrage.x25519.Identity.generate()
    member = find(session, name)
    if member.public_key is not None:
        raise HasKey("这个账号已经有密钥。")
    if len(passphrase) < MIN_PASSWORD_CHARACTERS:
        raise BadPassword(f"密钥口令至少 {MIN_PASSWORD_CHARACTERS} 个字符。")
    if matches(member.password_hash, passphrase):
        raise BadPassword("密钥口令不能和登录密码相同：一个泄露，另一个还能保护线索。")
    private = str(identity).encode()
    wrapped = _wrap(passphrase, name, private)
    sealed = pyrage.encrypt(private, [pyrage.x25519.Recipient.from_str(recovery)])
    with audit_log.change(session, audit_log.minute(at), name, member.role) as change:
        member = find(session, name)
        member.public_key, member.wrapped_key, member.recovery_wrap = (
            str(identity.to_public()),
            wrapped,
            sealed,
        )
        change.log("key-made", subject(name), key=member.public_key)
    return str(identity.to_public())


def open_key(member: StaffMember, passphrase: str) -> str:
    """The private key (AGE-SECRET-KEY-1…) of an account. Raises NoKey, NoTurn or WrongPassphrase."""
    if member.wrapped_key is None:
        raise NoKey("这个账号还没有密钥。")
    wrapped = member.wrapped_key
    salt, rest = wrapped[:_SALT_BYTES], wrapped[_SALT_BYTES:]
    try:
        opened = AESGCM(_stretch(passphrase, salt)).decrypt(
            rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], member.name.encode()
        )
    except InvalidTag as error:
        raise WrongPassphrase("密钥口令不对。") from error
    return opened.decode()


def recover(
    session: Session, name: str, recovery_private: str, passphrase: str, at: datetime, by: str
) -> None:
    """Wrap an account's key under a new passphrase with the recovery key's help, and end the account's
    sessions. Raises UnknownMember, NoKey, BadPassword, or WrongPassphrase when the recovery key is not the
    one it was wrapped for."""
    member = find(session, name)
    if member.recovery_wrap is None:
        raise NoKey("这个账号还没有密钥。")
    if len(passphrase) < MIN_PASSWORD_CHARACTERS:
        raise BadPassword(f"密钥口令至少 {MIN_PASSWORD_CHARACTERS} 个字符。")
    try:
        key = pyrage.x25519.Identity.from_str(recovery_private.strip())
        private = bytes(pyrage.decrypt(member.recovery_wrap, [key]))
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise WrongPassphrase("这不是封存该密钥时的恢复密钥。") from error
    wrapped = _wrap(passphrase, name, private)
    with audit_log.change(session, audit_log.minute(at), by, audit_log.SYSTEM) as change:
        member = find(session, name)
        member.wrapped_key = wrapped
        end_sessions(session, member)
        change.log("key-recovered", subject(name))


def rewrap_recovery(
    session: Session, recovery_private: str, recovery: str, at: datetime, by: str
) -> tuple[list[str], list[str]]:
    """Seal the accounts' keys that an earlier recovery key opens for the present one, whose public half is
    `recovery`. The names of the accounts sealed anew, and of those that this key does not open."""
    key = pyrage.x25519.Identity.from_str(recovery_private.strip())
    done, closed = [], []
    for member in list_members(session):
        name, sealed = member.name, member.recovery_wrap
        if sealed is None:
            continue
        try:
            private = bytes(pyrage.decrypt(sealed, [key]))
        except pyrage.DecryptError:
            closed.append(name)
            continue
        if str(key.to_public()) != recovery:
            with audit_log.change(session, audit_log.minute(at), by) as change:
                present = pyrage.x25519.Recipient.from_str(recovery)
                find(session, name).recovery_wrap = pyrage.encrypt(private, [present])
                change.log("recovery-rewrapped", subject(name))
            done.append(name)
    return done, closed


def _wrap(passphrase: str, name: str, private: bytes) -> bytes:
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    return salt + nonce + AESGCM(_stretch(passphrase, salt)).encrypt(nonce, private, name.encode())


def _stretch(passphrase: str, salt: bytes) -> bytes:
    with _turns.take(is_preferred=True):
        return hash_secret_raw(
            passphrase.encode(),
            salt,
            time_cost=3,
            memory_cost=256 * 1024,
            parallelism=1,
            hash_len=32,
            type=Type.ID,
        )
