"""Ed25519 signatures (RFC 8032): of the recipient set, of receipts, of the log's daily heads."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_BYTES = 32


class BadSigningKey(ValueError):
    """A file or text that should hold an Ed25519 key does not."""


class BadSignature(ValueError):
    """A signature is none, or was not made with this key."""


def create_key() -> bytes:
    """A fresh private key: 32 bytes."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_key(private: bytes) -> str:
    """The public half of a private key as base64: what is printed and pinned."""
    return base64.b64encode(_private(private).public_key().public_bytes_raw()).decode()


def fingerprint(public: str) -> str:
    """SHA-256 of a public key in eight groups of four hexadecimal digits, to compare on paper or by phone."""
    digest = hashlib.sha256(_public_bytes(public)).hexdigest()[:32]
    return " ".join(digest[start : start + 4] for start in range(0, 32, 4))


def read_key(path: Path) -> bytes:
    """The private key in a file. Raises BadSigningKey."""
    try:
        key = path.read_bytes()
    except OSError as error:
        remedy = "`openbureau setup` makes a missing one"
        raise BadSigningKey(f"{path.name}: {error.strerror}; {remedy}") from error
    if len(key) != KEY_BYTES:
        raise BadSigningKey(f"{path.name} has {len(key)} bytes, not {KEY_BYTES}: restore it from its backup")
    return key


def sign(private: bytes, purpose: str, statement: Mapping[str, object]) -> str:
    """The signature, as base64, of a statement made for one purpose: it cannot pass for another kind."""
    return base64.b64encode(_private(private).sign(_signed(purpose, statement))).decode()


def check(public: str, purpose: str, statement: Mapping[str, object], signature: str) -> None:
    """Raises BadSignature unless `signature` was made for this purpose and statement with this key."""
    try:
        Ed25519PublicKey.from_public_bytes(_public_bytes(public)).verify(
            base64.b64decode(signature, validate=True), _signed(purpose, statement)
        )
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("签名不符：内容被改动过，或者不是用这把密钥签的。") from error


def check_any(publics: Iterable[str], purpose: str, statement: Mapping[str, object], signature: str) -> None:
    """Raises BadSignature unless one of these keys made the signature: a site may have had several."""
    refusal = BadSignature("没有可以核对签名的公钥。")
    for public in publics:
        try:
            check(public, purpose, statement, signature)
        except BadSignature as error:
            refusal = error
        else:
            return
    raise refusal


def _signed(purpose: str, statement: Mapping[str, object]) -> bytes:
    canonical = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"openbureau {purpose} v1\n{canonical}".encode()


def _private(key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key)


def _public_bytes(public: str) -> bytes:
    try:
        key = base64.b64decode(public, validate=True)
    except ValueError as error:
        raise BadSigningKey("a public key is 44 characters of base64") from error
    if len(key) != KEY_BYTES:
        raise BadSigningKey("a public key is 44 characters of base64")
    return key
