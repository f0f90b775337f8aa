"""Supervised accounts (预收费监管账户): numbers are compared, and never kept.

Parents are to pay into the supervised account alone (教监管函〔2021〕2号). The number itself is not
published; of each a publication keeps the last four digits and a digest under a key that is no part of it,
so that a number somebody was told can be compared with the list's.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openbureau.chinese.folding import half_width
from openbureau.enums import Labelled
from openbureau.library.whitelist.header_parser import NOT_TAKEN, WhitelistColumn
from openbureau.library.whitelist.layout.lines import SheetLines
from openbureau.spreadsheets.workbook import Cell

KEY_BYTES = 32

MIN_DIGITS, MAX_DIGITS = 8, 32
"""Digits of an account number; with banks of this country they are 12 to 21."""

MAX_INPUT_CHARACTERS = 64
_MIN_CERTAIN_DIGITS = 12
"""So many digits in a row are neither a day nor a telephone number."""
_MASKS = "*xX×●•.#?"
_NUMBER = re.compile(rf"[^0-9]*?(?<![{_MASKS}])([0-9]{{{MIN_DIGITS},{MAX_DIGITS}}})(?![{_MASKS}])[^0-9]*")
_LABELLED = re.compile(rf"(?:[账帐][号户]|卡号)[^0-9]{{0,12}}[0-9]{{{_MIN_CERTAIN_DIGITS},}}")
_WRITTEN = re.compile(rf"\d(?:[\s-]?\d){{{_MIN_CERTAIN_DIGITS - 1},}}")
_ACCOUNT = "escrow_account"
_BESIDE = frozenset({"escrow_bank", "escrow_name"})
"""Columns of a bank or holder, into which the number is sometimes written as well."""


class AccountMatch(Labelled):
    """Result of comparing an account number with the list's."""

    SAME = "same", "与名单所载的监管账户一致"
    OTHER = "other", "不是名单所载的监管账户"
    UNCLEAR = "unclear", "输入的不是账号"
    UNABLE = "unable", "暂时不能核对"


class BadAccount(ValueError):
    """What was typed cannot be an account number; the message tells the parent why, without repeating it."""


class BadKey(Exception):
    """The file of the key does not hold a whole key."""


@dataclass(frozen=True)
class AccountKey:
    """The key under which account numbers are digested: 32 random bytes, the same on all machines of a site.

    `openbureau setup` makes it. Without it nobody can try numbers against the digests of a publication.
    """

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise BadKey(f"the key of account numbers has {len(self.key)} bytes instead of {KEY_BYTES}")

    @property
    def fingerprint(self) -> str:
        """What tells this key from another without telling the key."""
        return self._mac("fingerprint")[:16]

    def digest(self, number: str) -> str:
        """The keyed digest (HMAC-SHA256, hexadecimal) of a number as `normalised` gives it."""
        return self._mac(f"account {number}")

    def matches(self, number: str, digest: str) -> bool:
        """Whether `digest` was made of this number, in a time that does not tell how nearly."""
        return hmac.compare_digest(self.digest(number), digest)

    def _mac(self, text: str) -> str:
        return hmac.digest(self.key, f"openbureau/{text}".encode(), "sha256").hex()


@dataclass(frozen=True)
class Account:
    """Last four digits and digest of the account number in a cell.

    `digest` is None if the cell has no whole number, and empty if there was no key to make it with.
    """

    last4: str | None = None
    digest: str | None = None


def read_key(path: Path) -> AccountKey | None:
    """The key in the file at `path`, None if there is no such file. Raises BadKey and OSError."""
    try:
        return AccountKey(path.read_bytes())
    except FileNotFoundError:
        return None


def normalised(typed: str) -> str:
    """The digits of a number as somebody typed it: half width, without spaces and dashes.

    Raises BadAccount when anything else is left, or there are fewer digits than 8 or more than 32.
    """
    digits = _bare(typed[: MAX_INPUT_CHARACTERS + 1])
    if not digits:
        raise BadAccount("请输入对方让您付款的账号。")
    if re.search("[^0-9]", digits):
        raise BadAccount("账号只有数字。请去掉文字和其他符号，照原样输入数字；空格和横线可以保留。")
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
        raise BadAccount(
            f"您输入了{len(digits)}位数字，银行账号应为{MIN_DIGITS}至{MAX_DIGITS}位。请对照原文再输一遍。"
        )
    return digits


def read_account(text: str, key: AccountKey | None) -> Account:
    """Read a cell of the column of account numbers; the number is digested under `key` and not kept."""
    bare = _bare(text)
    digits = re.sub("[^0-9]", "", bare)
    whole = _NUMBER.fullmatch(bare)
    return Account(
        last4=digits[-4:] if len(digits) >= MIN_DIGITS else None,
        digest=(key.digest(whole[1]) if key else "") if whole else None,
    )


def holds_number(text: str) -> bool:
    """Whether a cell of the column of account numbers holds more digits than a masked number has."""
    return re.search(f"[0-9]{{{MIN_DIGITS},}}", _bare(text)) is not None


def tells_account(text: str) -> bool:
    """Whether any other text has a long number after 账号, 账户 or 卡号."""
    return ("账" in text or "帐" in text or "卡号" in text) and _LABELLED.search(_bare(text)) is not None


def masked(text: str | None) -> str | None:
    """Mask all but the last four digits of every account number in a text."""
    return text and _WRITTEN.sub(lambda match: f"****{match[0][-4:]}", text)


def tells_accounts(sheets: Iterable[SheetLines], remarks: Iterable[str]) -> bool:
    """Whether any cell of any sheet, hidden ones too, or any remark holds a whole account number."""
    return any(map(tells_account, remarks)) or any(map(_in_sheet, sheets))


def _in_sheet(lines: SheetLines) -> bool:
    """Whether a cell of the sheet holds one; columns of another meaning (names, addresses) are skipped."""
    headers = {line.number: line.header for line in lines.lines}
    plain = {header.first: _plain(header.columns) for header in lines.headers}
    for number, row in enumerate(lines.sheet.rows, 1):
        header = headers.get(number)
        if header is None:
            if any(tells_account(cell.text) for cell in row):
                return True
            continue
        passed = plain[header.first]
        if any(_tells(cell, header.columns) for cell in row if cell.column not in passed):
            return True
    return False


def _plain(columns: Mapping[int, WhitelistColumn]) -> frozenset[int]:
    looked_at = {None, _ACCOUNT, *_BESIDE, *NOT_TAKEN}
    return frozenset(number for number, column in columns.items() if column.field not in looked_at)


def _tells(cell: Cell, columns: Mapping[int, WhitelistColumn]) -> bool:
    field = columns[cell.column].field if cell.column in columns else None
    if field == _ACCOUNT:
        return holds_number(cell.text)
    return tells_account(cell.text) or (field in _BESIDE and masked(cell.text) != cell.text)


def _bare(text: str) -> str:
    """Half width, without white space, dashes of every kind and invisible characters."""
    half = half_width(text)
    return "".join(
        letter
        for letter in half
        if not (letter.isspace() or letter == "\N{MINUS SIGN}" or _is_dash_or_invisible(letter))
    )


def _is_dash_or_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Pd", "Cf")
