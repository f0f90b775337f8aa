"""Sealing, encryption for several recipients: the public site can seal a document and never open it again.

Documents become age v1 files (age-encryption.org/v1) for several public keys; the stock `age` tool opens them
too. Before that they are padded to a few sizes, so that the length of a file tells little about its content.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import pyrage  # type: ignore[import-untyped]

SUITE = "age-v1"
MIN_PADDED_BYTES = 1024  # bytes; every next bucket is twice as large

_LENGTH_BYTES = 4


class SealingFailed(Exception):
    """A document could not be sealed: the tip must not be stored."""


class NoRecipients(SealingFailed):
    """Nobody could open what would be sealed: the public keys are missing or malformed."""


class CannotOpen(SealingFailed):
    """A sealed document does not open: the wrong private key, or a damaged file."""


@dataclass(frozen=True)
class KeyPair:
    """An X25519 key pair in age's text form: `public` (age1…) seals, `private` (AGE-SECRET-KEY-1…) opens."""

    public: str
    private: str = field(repr=False)


def create_keys() -> KeyPair:
    """A fresh key pair. The private half belongs on no public server."""
    identity = pyrage.x25519.Identity.generate()
    return KeyPair(public=str(identity.to_public()), private=str(identity))


def public_half(private: str) -> str:
    """The public key (age1…) of a private one."""
    return str(pyrage.x25519.Identity.from_str(private).to_public())


def age_secret_key(key: bytes) -> str:
    """32 bytes as an age private key: Bech32 (BIP 173) with the prefix AGE-SECRET-KEY-, in upper case."""
    prefix = "age-secret-key-"
    bits = "".join(f"{byte:08b}" for byte in key)
    values = [int(bits[at : at + 5].ljust(5, "0"), 2) for at in range(0, len(bits), 5)]
    spread = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    check = _bech32_polymod([*spread, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> 5 * (5 - index) & 31 for index in range(6)]
    return f"{prefix}1{''.join(_BECH32[value] for value in values)}".upper()


class Sealer:
    """Seals documents so that each of the recipients can open them alone."""

    def __init__(self, recipients: Sequence[str]) -> None:
        """Take age public keys (age1…). Raises NoRecipients when there are none or one is malformed."""
        if not recipients:
            raise NoRecipients("没有任何接收人公钥，无法加密。请至少提供一个以 age1 开头的公钥。")
        self._recipients = [_recipient(key, number) for number, key in enumerate(recipients, start=1)]

    def seal(self, plaintext: bytes) -> bytes:
        """The padded plaintext as an age file. Raises SealingFailed, whatever went wrong."""
        return self.encrypt(_pad(plaintext))

    def encrypt(self, plaintext: bytes) -> bytes:
        """The plaintext as it is, as an age file. Raises SealingFailed, whatever went wrong."""
        try:
            return bytes(pyrage.encrypt(plaintext, self._recipients))
        except Exception as error:
            raise SealingFailed("加密失败，内容没有保存。") from error

    def seal_stream(self, source: BinaryIO, sink: BinaryIO) -> None:
        """Everything that comes from `source`, as it is, as an age file into `sink`; never whole in memory.
        Raises SealingFailed; what the sink then holds is worth nothing."""
        try:
            pyrage.encrypt_io(source, sink, self._recipients)
        except Exception as error:
            raise SealingFailed("加密失败，内容没有保存。") from error


def open_sealed(ciphertext: bytes, identity: str) -> bytes:
    """The plaintext of an age file, opened with a private key (AGE-SECRET-KEY-1…). Raises CannotOpen."""
    try:
        key = pyrage.x25519.Identity.from_str(identity.strip())
    except pyrage.IdentityError as error:
        raise CannotOpen("这不是有效的私钥。私钥以 AGE-SECRET-KEY-1 开头，请完整复制。") from error
    try:
        return _unpad(bytes(pyrage.decrypt(ciphertext, [key])))
    except pyrage.DecryptError as error:
        raise CannotOpen("打不开：这把私钥不在接收人之中，或者密文已经损坏。") from error


_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _bech32_polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for index, factor in enumerate(_BECH32_GENERATOR):
            check ^= factor if top >> index & 1 else 0
    return check


def _recipient(key: str, number: int) -> object:
    try:
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError as error:
        # The key itself is not repeated: it may be a private one, pasted by mistake.
        raise NoRecipients(f"第 {number} 个公钥无效。公钥以 age1 开头，请完整复制，切勿填入私钥。") from error


def _pad(plaintext: bytes) -> bytes:
    framed = len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext
    size = MIN_PADDED_BYTES
    while size < len(framed):
        size *= 2
    return framed.ljust(size, b"\0")


def _unpad(padded: bytes) -> bytes:
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    plaintext = padded[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if _pad(plaintext) != padded:
        raise CannotOpen("内容已解密，但格式不是本系统写入的，请保留原文件并联系技术人员。")
    return plaintext
