"""Proof of work for a submission, by the browser or as a sum in the head. No third party is asked, nothing
is known of anybody, and whoever waits long enough always gets through.

A challenge is issued with the last page of a form and signed, so that neither form nor difficulty can be
exchanged. A script finds a number that gives challenge and number a SHA-256 with enough leading zero bits;
without scripts a person answers a question whose numbers follow from the challenge.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from openbureau.chinese.folding import half_width
from openbureau.tips import receipt_codes

MAX_AGE = timedelta(hours=24)
NUMBERS = "零一二三四五六七八九十"

_CHALLENGE = re.compile(r"([0-9a-f]{32})\.([0-9]{1,2})\.([0-9]{1,12})\.([0-9a-f]{64})")
_PROOF = re.compile(r"[0-9]{1,16}")


class PuzzleRefused(ValueError):
    """A challenge is none of ours, of another form, or too old."""


@dataclass(frozen=True)
class Challenge:
    """A challenge as it was signed; `text` is what the form carries and what the proof is for."""

    text: str
    form_id: str
    bits: int
    issued_at: datetime


def issue(secret: bytes, form_id: str, bits: int, now: datetime) -> Challenge:
    """A challenge for a form, as hard as `bits` leading zero bits."""
    signed = f"{form_id}.{bits}.{int(now.timestamp())}"
    return Challenge(f"{signed}.{_mac(secret, signed)}", form_id, bits, now)


def read(secret: bytes, text: str, form_id: str, now: datetime) -> Challenge:
    """The challenge that was issued for this form. Raises PuzzleRefused."""
    match = _CHALLENGE.fullmatch(text)
    if match is None:
        raise PuzzleRefused("no challenge")
    its_form, bits, issued, mac = match.groups()
    if not hmac.compare_digest(mac, _mac(secret, f"{its_form}.{bits}.{issued}")):
        raise PuzzleRefused("not signed here")
    issued_at = datetime.fromtimestamp(int(issued), UTC)
    if its_form != form_id or not -MAX_AGE <= now - issued_at <= MAX_AGE:
        raise PuzzleRefused("of another form or day")
    return Challenge(text, its_form, int(bits), issued_at)


def is_solved(challenge: Challenge, proof: str) -> bool:
    """Whether a number is the proof of work that the challenge asks for. One digest."""
    if _PROOF.fullmatch(proof) is None:
        return False
    digest = hashlib.sha256(f"{challenge.text}:{proof}".encode()).digest()
    return int.from_bytes(digest, "big") >> 256 - challenge.bits == 0


def question(secret: bytes, challenge: Challenge) -> tuple[str, str]:
    """The two numbers, as Chinese numerals from 一 to 九, whose sum is asked for."""
    first, second = _summands(secret, challenge)
    return NUMBERS[first], NUMBERS[second]


def is_answered(secret: bytes, challenge: Challenge, answer: str) -> bool:
    """Whether an answer is the sum: 12, １２ or 十二."""
    total = sum(_summands(secret, challenge))
    ten, one = divmod(total, 10)
    chinese = NUMBERS[one] if not ten else "十" + (NUMBERS[one] if one else "")
    return "".join(half_width(answer).split()) in {str(total), chinese}


def _summands(secret: bytes, challenge: Challenge) -> tuple[int, int]:
    digest = hmac.digest(receipt_codes.sub_key(secret, b"question"), challenge.text.encode(), "sha256")
    return 1 + digest[0] % 9, 1 + digest[1] % 9


def _mac(secret: bytes, signed: str) -> str:
    return hmac.digest(receipt_codes.sub_key(secret, b"puzzle"), signed.encode(), "sha256").hex()
