"""Receipt codes: how a submitter comes back to a tip without an account, a cookie or a name.

A form carries a signed random id. The code is derived from that id, so posting the same form twice gives the
same code; neither the id nor the code is stored, only a keyed digest of the code. One secret serves all three
uses through sub-keys. 120 random bits need no slow hash (OWASP ASVS 5.0, 6.5.2).
"""

import hmac
import re
import secrets
import unicodedata
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openbureau.chinese.folding import half_width, without_invisible
from openbureau.tips.sealing import age_secret_key

# Crockford base32: no I, L, O, U. https://www.crockford.com/base32.html
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_SYMBOLS = 24
CODE_LENGTH = RANDOM_SYMBOLS + 1
MIN_SECRET_BYTES = 32

_GROUP = 5
_ALIKE = str.maketrans("OIL", "011")
_MAX_INPUT_CHARACTERS = 20_000
# Groups as they are printed, or with other gaps between them.
_GAP = r"[\s\u2010-\u2015\u2212_.·-]{0,6}"
_SHAPE = rf"[A-Z0-9](?:{_GAP}[A-Z0-9]){{{CODE_LENGTH - 1}}}"
_LABELLED = re.compile(rf"查[询詢][码碼][^A-Z0-9]{{0,10}}({_SHAPE})")
_STANDING = re.compile(rf"(?<![A-Z0-9])(?<![A-Z0-9]-)(?=({_SHAPE})(?!-?[A-Z0-9]))")
_FORM_ID = re.compile(r"[0-9a-f]{32}")
_TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{64})")
# Two machines never agree on the second; a token from further ahead means that a clock was wrong.
_CLOCK_SKEW = timedelta(minutes=5)


class WeakSecret(ValueError):
    """The secret for receipts is missing or shorter than MIN_SECRET_BYTES."""


class FormRefused(ValueError):
    """A form token cannot be accepted; the message tells the submitter what to do."""


class FormExpired(FormRefused):
    """The form was opened too long ago."""

    def __init__(self) -> None:
        super().__init__("这张表单打开的时间太久，已经失效。请重新打开填写页面再提交。")


class FormNotOurs(FormRefused):
    """The form was not issued by this site, or was damaged on the way."""

    def __init__(self) -> None:
        super().__init__("这张表单不是本站发出的，或者在传送中损坏。请重新打开填写页面再提交。")


class BadCode(ValueError):
    """What was typed cannot be a receipt code; the message helps to find the slip without repeating it."""


def new_form_id() -> str:
    """A fresh random form id: 128 bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def sign_form(secret: bytes, form_id: str, issued_at: datetime) -> str:
    """The token that the form carries in a hidden field. `issued_at` is an instant with a time zone."""
    _check_form_id(form_id)
    signed = f"{form_id}.{int(_seconds(issued_at))}"
    return f"{signed}.{_form_mac(secret, signed)}"


def verify_form(secret: bytes, token: str, now: datetime, max_age: timedelta = timedelta(hours=24)) -> str:
    """The form id inside a token of ours. Raises FormNotOurs or FormExpired."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise FormNotOurs
    form_id, issued, mac_given = match.groups()
    if not hmac.compare_digest(mac_given, _form_mac(secret, f"{form_id}.{issued}")):
        raise FormNotOurs
    if not -_CLOCK_SKEW <= timedelta(seconds=_seconds(now) - int(issued)) <= max_age:
        raise FormExpired
    return form_id


def opened_at(token: str) -> datetime:
    """Instant when the form with this verified token was first opened. Raises FormNotOurs."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise FormNotOurs
    return datetime.fromtimestamp(int(match[2]), UTC)


def code_for(secret: bytes, form_id: str) -> str:
    """The receipt code of a form, always the same: 24 random symbols and a check symbol, as 5×5 with hyphens.

    Raises FormNotOurs when `form_id` is not one of `new_form_id()`.
    """
    _check_form_id(form_id)
    digest = hmac.digest(sub_key(secret, b"code"), form_id.encode(), "sha256")
    number = int.from_bytes(digest[:15], "big")
    body = "".join(ALPHABET[number >> 5 * index & 31] for index in reversed(range(RANDOM_SYMBOLS)))
    return grouped(body + _check_symbol(body))


def grouped(code: str) -> str:
    """A folded code in groups of five with hyphens, as people read it."""
    return "-".join(code[start : start + _GROUP] for start in range(0, CODE_LENGTH, _GROUP))


def fold(text: str) -> str:
    """The 25 symbols meant by what was typed or pasted: upper case, no spaces or hyphens, O as 0, I and L
    as 1. What stands around one code, up to a whole receipt, is left out.

    Raises BadCode when the length, a symbol or the check symbol is wrong, or when there are two codes.
    """
    if len(text) > _MAX_INPUT_CHARACTERS:
        raise BadCode("粘贴的内容太长了，请只粘贴查询码那一行。")
    plain = without_invisible(half_width(text)).upper()
    typed = "".join(letter for letter in plain if not _is_separator(letter)).translate(_ALIKE)
    if len(typed) == CODE_LENGTH and typed.isascii():
        candidates = [typed]
    else:
        candidates = _codes_in(_LABELLED, plain) or _codes_in(_STANDING, plain)
    codes = {code for code in candidates if _is_sound(code)}
    if len(codes) > 1:
        raise BadCode("里面有两个不同的查询码，不知道您要查哪一条。请只留下一个再试。")
    if codes:
        return codes.pop()
    raise BadCode(_slip(candidates[0]) if candidates else _wrong_length(len(_symbols(typed))))


def mac(secret: bytes, code_text: str) -> bytes:
    """The keyed digest (32 bytes) under which a code is stored and looked up. Raises BadCode."""
    return hmac.digest(sub_key(secret, b"lookup"), fold(code_text).encode(), "sha256")


def reply_identity(code_text: str) -> str:
    """The age private key (AGE-SECRET-KEY-1…) that the code itself is: what is sealed to its public half
    can be read with the code, and by nobody who only has the database. Raises BadCode."""
    key = HKDF(SHA256(), 32, salt=None, info=b"openbureau/tips/reply/v1").derive(fold(code_text).encode())
    return age_secret_key(key)


def likeness(secret: bytes, *parts: str) -> bytes:
    """A keyed digest (32 bytes) that is equal for equal parts and tells nothing else about them."""
    return hmac.digest(sub_key(secret, b"likeness"), "\x1f".join(parts).encode(), "sha256")


def sub_key(secret: bytes, label: bytes) -> bytes:
    """One key per use, as HKDF-Expand makes its first block (RFC 5869)."""
    if len(secret) < MIN_SECRET_BYTES:
        raise WeakSecret(
            f"the receipt secret has {len(secret)} bytes; give at least {MIN_SECRET_BYTES} random ones"
        )
    return hmac.digest(secret, b"openbureau/tips/" + label + b"/v1\x01", "sha256")


def _form_mac(secret: bytes, signed: str) -> str:
    return hmac.digest(sub_key(secret, b"form"), signed.encode(), "sha256").hex()


def _check_form_id(form_id: str) -> None:
    if _FORM_ID.fullmatch(form_id) is None:
        raise FormNotOurs


def _seconds(moment: datetime) -> float:
    if moment.tzinfo is None:
        raise ValueError("a form's time needs a time zone; use datetime.now(UTC)")
    return moment.timestamp()


def _check_symbol(body: str) -> str:
    """Luhn's check symbol modulo 32: it catches every single wrong symbol."""
    total = 0
    for index, symbol in enumerate(reversed(body)):
        value = ALPHABET.index(symbol)
        if index % 2 == 0:
            value = sum(divmod(2 * value, 32))
        total += value
    return ALPHABET[-total % 32]


def _is_separator(letter: str) -> bool:
    """Spaces, every kind of hyphen or minus, and the invisible characters that copying brings along."""
    return letter == "\N{MINUS SIGN}" or letter.isspace() or unicodedata.category(letter) in {"Pd", "Cf"}


def _codes_in(shape: re.Pattern[str], plain: str) -> list[str]:
    """What has the shape of a code in a text in capitals; of two that overlap, the first sound one."""
    codes, at = [], 0
    while match := shape.search(plain, at):
        codes.append(_symbols(match[1]).translate(_ALIKE))
        at = match.end(1) if _is_sound(codes[-1]) else match.start(1) + 1
    return codes


def _symbols(text: str) -> str:
    return re.sub("[^A-Z0-9]", "", text)


def _is_sound(code: str) -> bool:
    return len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) and _check_symbol(code[:-1]) == code[-1]


def _slip(code: str) -> str:
    if not set(code) <= set(ALPHABET):
        return "查询码只含数字和英文字母，而且没有字母 U。请对照回执检查有没有输错。"
    return "校验位不符：有一个或几个字符输错了。请对照回执逐组检查。"


def _wrong_length(length: int | None = None) -> str:
    seen = "" if length is None else f"，您输入了 {length} 位"
    return f"长度不对：查询码共 {CODE_LENGTH} 位{seen}。请对照回执检查有没有漏输或多输。"
