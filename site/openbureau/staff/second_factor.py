"""The second factor: time-based one-time passwords (RFC 6238), each step usable once."""

import hmac
import secrets
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

STEP_SECONDS = 30
"""Seconds for which one code holds."""

_NONCE_BYTES = 12


class WrongSecret(RuntimeError):
    """A second factor was encrypted under another secret of the site: no account can log in."""


def create() -> str:
    """A fresh shared secret: 160 bits in base32."""
    return pyotp.random_base32(32)


def otpauth_url(shared: str, name: str, issuer: str) -> str:
    """The otpauth:// URL that a phone's authenticator reads from a QR code."""
    return pyotp.TOTP(shared).provisioning_uri(name=name, issuer_name=issuer)


def step_of(shared: str, code: str, now: datetime, last_step: int) -> int | None:
    """The step that a code belongs to: the present one or a neighbour, never one used before; else None."""
    generator = pyotp.TOTP(shared)
    present = int(now.timestamp()) // STEP_SECONDS
    typed = "".join(code.split())
    matching = None
    for step in (present - 1, present, present + 1):
        expected = generator.at(step * STEP_SECONDS)
        if hmac.compare_digest(expected.encode(), typed.encode()) and step > last_step:
            matching = step
    return matching


def encrypt(secret: bytes, name: str, shared: str) -> bytes:
    """The shared secret as it is stored: a copy of the database alone gives no second factor away."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(secret)).encrypt(nonce, shared.encode(), name.encode())


def decrypt(secret: bytes, name: str, stored: bytes) -> str:
    """The shared secret of an account. Raises WrongSecret."""
    try:
        plain = AESGCM(_key(secret)).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], name.encode())
    except InvalidTag as error:
        raise WrongSecret(
            "the second factors were encrypted under another secret: restore secret.key"
        ) from error
    return plain.decode()


def _key(secret: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"openbureau/staff/totp/v1").derive(secret)
